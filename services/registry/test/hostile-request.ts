import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import fc from "fast-check";

/** Text that breaks what takes it for something else than text. */
const TEXTS = [
  "",
  "known",
  "'; DROP TABLE jobs; --",
  "$(touch /tmp/hodei-was-here); `id`",
  "<script>alert(1)</script>",
  "nul \0 inside",
  "half of a pair \ud800",
  "\u202eright to left\u202c",
  "../../etc/passwd",
  "%s%n{{7*7}}",
  "x".repeat(70_000),
  "00000000-0000-0000-0000-000000000000",
  Buffer.from('["2026-01-01","x"]').toString("base64url"),
  Buffer.from('["not a time","\\u0000"]').toString("base64url"),
  Buffer.from('["1e400"]').toString("base64url"),
];
const NUMBERS = [
  0,
  1,
  -1,
  1000,
  1001,
  2_147_483_647,
  -2_147_483_648,
  1e308,
  0.5,
  "7",
  "9223372036854775807",
  "-9223372036854775808",
];
const TIMES = [
  "2026-01-01T00:00:00Z",
  "9999-12-31T23:59:59.999999999Z",
  "0001-01-01T00:00:00Z",
  "yesterday",
  "10000-01-01T00:00:00Z",
];
/** What has no business there: of another type altogether. */
const WRONG = [null, true, [], [[]], { a: 1 }, -0.1, "text"];

const text = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ maxLength: 20, unit: "binary" }));

/** Requests of a call as JSON, made from its descriptor: mostly of the right shape, never of good will. */
export function hostileRequest(message: DescMessage, depth = 0): fc.Arbitrary<unknown> {
  if (message.typeName === "google.protobuf.Timestamp") return fc.constantFrom(...TIMES);
  if (message.typeName === "google.protobuf.FieldMask")
    return fc.constantFrom("", "name", "config,maxWorkers", "no.such", ",,");
  if (message.typeName === "google.protobuf.Struct")
    return fc.dictionary(text, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 3 });
  if (message.typeName === "google.protobuf.Value") return fc.jsonValue({ maxDepth: 3 });
  if (depth > 3) return fc.constant({});
  const fields = Object.fromEntries(message.fields.map((field) => [field.jsonName, hostileField(field, depth)]));
  return fc.record(fields, { requiredKeys: [] });
}

function hostileField(field: DescField, depth: number): fc.Arbitrary<unknown> {
  const good = rightShape(field, depth);
  return fc.oneof({ arbitrary: good, weight: 12 }, { arbitrary: fc.constantFrom(...WRONG), weight: 1 });
}

function rightShape(field: DescField, depth: number): fc.Arbitrary<unknown> {
  if (field.fieldKind === "list") {
    const one =
      field.listKind === "message" ? hostileRequest(field.message, depth + 1) : single(field.listKind, field.scalar);
    return fc.array(one, { maxLength: 3 });
  }
  if (field.fieldKind === "map") return fc.dictionary(text, text, { maxKeys: 3 });
  if (field.fieldKind === "message") return hostileRequest(field.message, depth + 1);
  return single(field.fieldKind, field.scalar);
}

function single(kind: "scalar" | "enum", scalar: ScalarType | undefined): fc.Arbitrary<unknown> {
  if (kind === "enum") return fc.constantFrom<unknown>(0, 1, 2, 3, 999, -1, "NO_SUCH_VALUE");
  if (scalar === ScalarType.STRING) return text;
  if (scalar === ScalarType.BOOL) return fc.boolean();
  return fc.constantFrom<unknown>(...NUMBERS);
}
