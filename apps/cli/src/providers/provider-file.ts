import { readFileSync } from "node:fs";
import { formatProblem, PROVIDER_STATUSES, problemsOf } from "@hodei/contracts";
import { type ParseError, parse, printParseErrorCode } from "jsonc-parser";
import { z } from "zod";
import { UserError } from "../errors.ts";

const TextMap = z.record(z.string(), z.string(), { error: 'is not a map of strings; write {"key": "value"}' });

/** The columns of `provider_configs` that an operator writes, as a file holds them. */
export const ProviderFile = z.strictObject({
  name: z.string().min(1),
  provider_type: z.string().min(1),
  config: z.record(z.string(), z.json()),
  status: z.enum(PROVIDER_STATUSES).optional(),
  priority: z.int().optional(),
  max_workers: z.int().min(0).optional(),
  preferred_region: z.string().nullable().optional(),
  allowed_regions: z.array(z.string()).optional(),
  required_labels: TextMap.optional(),
  annotations: TextMap.optional(),
});
export type ProviderFile = z.output<typeof ProviderFile>;

/** Reads a provider file: JSON with comments; a trailing comma is refused where it stands. @throws UserError with every problem */
export function readProviderFile(path: string): ProviderFile {
  const value = readJsonc(path);
  const parsed = ProviderFile.safeParse(value);
  if (!parsed.success) throw new UserError(`${path}: ${problemsOf(parsed.error).map(formatProblem).join("; ")}`);
  return parsed.data;
}

function readJsonc(path: string): unknown {
  let text: string;
  try {
    text = path === "-" ? readFileSync(0, "utf8") : readFileSync(path, "utf8");
  } catch (error) {
    throw new UserError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: false, disallowComments: false });
  const [first] = errors;
  if (!first) return value;
  const before = text.slice(0, first.offset);
  const [line, column] = [before.split("\n").length, first.offset - before.lastIndexOf("\n")];
  const isTrailing = /,\s*$/.test(before);
  const hint = isTrailing
    ? `a comma before the closing bracket, a trailing comma; remove it, and check the text with: jq . ${path}`
    : `${printParseErrorCode(first.error)}; write valid JSON; check the text with: jq . ${path}`;
  throw new UserError(`${path}, line ${line}, column ${column}: ${hint}`);
}
