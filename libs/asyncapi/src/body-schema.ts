import { z } from "zod";

export interface JsonSchema {
  [key: string]: unknown;
  type?: string | string[];
  description?: string;
  enum?: string[];
  const?: unknown;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  additionalProperties?: JsonSchema | boolean;
  minimum?: number;
  maximum?: number;
}

/** What a body looks like on the wire, as JSON Schema (draft 7, of which AsyncAPI's own is a superset). */
export function bodySchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, definitions, ...body } = z.toJSONSchema(schema, { io: "input", target: "draft-7" }) as JsonSchema;
  const plain = withoutReferences(body) as JsonSchema;
  // Only `z.json()` refers to itself, and any JSON is what an empty schema says.
  if (JSON.stringify(plain).includes("$ref") || Object.keys(definitions ?? {}).length > 1)
    throw new Error(`a schema refers to another one: ${Object.keys(definitions ?? {}).join(", ")}`);
  return plain;
}

function withoutReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutReferences);
  if (typeof value !== "object" || value === null) return value;
  const isAnyJson = "$ref" in value || ("allOf" in value && JSON.stringify(value.allOf).includes("$ref"));
  if (isAnyJson) return "description" in value ? { description: value.description } : {};
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withoutReferences(part)]));
}
