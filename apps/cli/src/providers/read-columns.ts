import { formatProblem, problemsOf } from "@hodei/contracts";
import { UsageError } from "../errors.ts";
import type { SomeColumns } from "./config-of.ts";
import { ProviderFile, readProviderFile } from "./provider-file.ts";

/** The columns of a file and of `--set`, which has the last word. @throws UsageError where there are none */
export function readColumns({ file, set }: { file?: string; set: string[] }, what: string): SomeColumns {
  if (!file && set.length === 0)
    throw new UsageError(`nothing to ${what}: write -f FILE or --set column=value, for example --set max_workers=0`);
  return { ...(file && readProviderFile(file)), ...assignments(set) };
}

/** `max_workers=5`, `required_labels={"a":"b"}`: JSON where it is JSON, else text. */
function assignments(texts: readonly string[]): SomeColumns {
  const parsed = ProviderFile.partial().safeParse(Object.fromEntries(texts.map(assignment)));
  if (parsed.success) return parsed.data;
  const columns = Object.keys(ProviderFile.shape).join(", ");
  throw new UsageError(`--set: ${problemsOf(parsed.error).map(formatProblem).join("; ")}; the columns are ${columns}`);
}

function assignment(text: string): [string, unknown] {
  const at = text.indexOf("=");
  if (at <= 0) throw new UsageError(`--set ${text}: write column=value`);
  const [column, raw] = [text.slice(0, at), text.slice(at + 1)];
  try {
    return [column, JSON.parse(raw) as unknown];
  } catch {
    // Not JSON: then it is the text itself, as in --set preferred_region=eu.
    return [column, raw];
  }
}
