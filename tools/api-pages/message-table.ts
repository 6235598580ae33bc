import { type DescEnum, type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { commentOf } from "./read-services.ts";

const STANDARD: Record<string, string> = {
  "google.protobuf.Timestamp": "time, ISO 8601",
  "google.protobuf.Struct": "JSON object",
  "google.protobuf.Value": "any JSON",
  "google.protobuf.FieldMask": "names of fields, by comma",
};
const WIDE: readonly ScalarType[] = [ScalarType.INT64, ScalarType.UINT64];

/** Where a message or an enum is described: on this page, or the page of its file. */
export function linkTo(type: DescMessage | DescEnum, page: string): string {
  const standard = STANDARD[type.typeName];
  if (standard) return standard;
  const file = pageOf(type.file.name);
  return `[${type.name}](${file === page ? "" : file}#${type.name.toLowerCase()})`;
}

/** `jobs.md` for `hodei/v1/job`. */
export function pageOf(file: string): string {
  return { "hodei/v1/job": "jobs.md", "hodei/v1/provider": "providers.md", "hodei/v1/access": "tokens.md" }[file] ?? "";
}

function scalarName(scalar: ScalarType): string {
  if (scalar === ScalarType.STRING) return "string";
  if (scalar === ScalarType.BOOL) return "true or false";
  // As JSON writes them: beyond 2^53 a number would lose digits.
  return WIDE.includes(scalar) ? "whole number in quotes" : scalar === ScalarType.DOUBLE ? "number" : "whole number";
}

function typeOf(field: DescField, page: string): string {
  if (field.fieldKind === "message") return linkTo(field.message, page);
  if (field.fieldKind === "enum") return linkTo(field.enum, page);
  if (field.fieldKind === "scalar") return scalarName(field.scalar);
  const kind = field.fieldKind === "list" ? field.listKind : field.mapKind;
  const one =
    kind === "scalar"
      ? scalarName(field.scalar as ScalarType)
      : linkTo((field.message ?? field.enum) as DescMessage, page);
  return field.fieldKind === "list" ? `list of ${one}` : `map of string to ${one}`;
}

const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");

/** A field that says nothing of its own is what its message or enum says of itself. */
function whatItIs(field: DescField): string {
  const type = field.message ?? field.enum;
  return type && !STANDARD[type.typeName] ? commentOf(type) : "";
}

/** The fields of a message as JSON has them. */
export function messageTable(message: DescMessage, page: string): string {
  if (message.fields.length === 0) return "No fields.";
  const rows = message.fields.map((field) => {
    const meaning = [
      ...(field.oneof ? [`One of \`${field.oneof.name}\`.`] : []),
      commentOf(field) || whatItIs(field),
    ].join(" ");
    return `| \`${field.jsonName}\` | ${typeOf(field, page)} | ${cell(meaning.trim())} |`;
  });
  return ["| field | type | meaning |", "| --- | --- | --- |", ...rows].join("\n");
}

/** The values of an enum, but for the one that means none. */
export function enumList(values: DescEnum): string {
  return values.values
    .filter(({ number }) => number !== 0)
    .map((value) => [`\`${value.name}\``, commentOf(value)].filter(Boolean).join(": "))
    .join(" · ");
}
