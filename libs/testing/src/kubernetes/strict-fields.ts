import * as models from "@kubernetes/client-node";
import { badRequest, type StatusError } from "./status.ts";

interface Attribute {
  baseName: string;
  type: string;
  format: string;
}
interface Model {
  getAttributeTypeMap(): Attribute[];
}

/**
 * What a server does with `fieldValidation=Strict`, by the fields of its own OpenAPI document, which the models of client-node are made
 * from: an unknown field or a value of another type is refused. @throws StatusError 400
 */
export function checkFields(kind: string, body: unknown): void {
  const problems: string[] = [];
  walk(`V1${kind}`, body, "", problems);
  if (problems.length > 0) throw refusal(kind, problems);
}

function refusal(kind: string, problems: readonly string[]): StatusError {
  return badRequest(
    `${kind} in version "v1" cannot be handled as a ${kind}: strict decoding error: ${problems.join(", ")}`,
  );
}

function walk(type: string, value: unknown, path: string, problems: string[]): void {
  if (value === null || value === undefined) return;
  const list = /^Array<(.+)>$/.exec(type);
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type);
  if (list?.[1]) return walkList(list[1], value, path, problems);
  if (map?.[1]) return walkMap(map[1], value, path, problems);
  const model = (models as unknown as Record<string, Model | undefined>)[type];
  if (model?.getAttributeTypeMap) return walkModel(model, value, path, problems);
  const wanted = scalarOf(type);
  const found = typeof value;
  if (wanted.includes(found)) return;
  problems.push(`json: cannot unmarshal ${found} into Go struct field ${path} of type ${wanted[0]}`);
}

function walkList(type: string, value: unknown, path: string, problems: string[]): void {
  if (!Array.isArray(value))
    return void problems.push(`json: cannot unmarshal ${typeof value} into Go struct field ${path} of type []${type}`);
  for (const [i, item] of value.entries()) walk(type, item, `${path}[${i}]`, problems);
}

function walkMap(type: string, value: unknown, path: string, problems: string[]): void {
  if (typeof value !== "object")
    return void problems.push(
      `json: cannot unmarshal ${typeof value} into Go struct field ${path} of type map[string]${type}`,
    );
  for (const [key, item] of Object.entries(value as object)) walk(type, item, `${path}[${key}]`, problems);
}

function walkModel(model: Model, value: unknown, path: string, problems: string[]): void {
  if (typeof value !== "object")
    return void problems.push(`json: cannot unmarshal ${typeof value} into Go struct field ${path}`);
  const attributes = new Map(model.getAttributeTypeMap().map((attribute) => [attribute.baseName, attribute]));
  for (const [key, item] of Object.entries(value as object)) {
    const at = path ? `${path}.${key}` : key;
    const attribute = attributes.get(key);
    if (attribute) walk(attribute.type, item, at, problems);
    else problems.push(`unknown field "${at}"`);
  }
}

/** What JSON may hold for a type of the OpenAPI document. */
function scalarOf(type: string): string[] {
  if (type === "number") return ["number"];
  if (type === "boolean") return ["boolean"];
  if (type === "IntOrString") return ["number", "string"];
  if (type === "any" || type === "object") return ["object", "string", "number", "boolean"];
  return ["string"];
}
