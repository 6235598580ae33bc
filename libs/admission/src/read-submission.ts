import { hash } from "node:crypto";
import { JobSpec, type Problem, problemsOf } from "@hodei/contracts";

/** A valid body of `job.submitted`. */
export interface Submission {
  jobId: string;
  spec: JobSpec;
  /** The body as JSON text, for the row. */
  json: string;
  /** Hash of `json`: the same id with another body is refused, with the same body it is the same job. */
  bodySha256: string;
}

export type ReadSubmission =
  | { ok: true; submission: Submission }
  | { ok: false; jobId: string | null; problems: Problem[] };

/** Nothing a job needs is nested deeper, and deeper than this recursion over a hostile body would not be safe. */
const MAX_DEPTH = 64;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Reads and checks a body; every problem at once, by path. Never throws, whatever the bytes (design §3.1). */
export function readSubmission(data: Uint8Array, derivedJobId: () => string): ReadSubmission {
  const body = parseJson(data);
  if ("problem" in body) return { ok: false, jobId: null, problems: [{ path: "", message: body.problem }] };
  if (isDeeperThan(body.value, MAX_DEPTH)) {
    return {
      ok: false,
      jobId: null,
      problems: [{ path: "", message: `is nested deeper than ${MAX_DEPTH} levels; flatten it` }],
    };
  }
  const misread = pathOfProto(body.value);
  if (misread) {
    const message = "is a name that readers of JSON drop or take for something else; write another";
    return { ok: false, jobId: namedJobId(body.value), problems: problemsOf({ issues: [{ path: misread, message }] }) };
  }
  const parsed = JobSpec.safeParse(body.value);
  if (!parsed.success) return { ok: false, jobId: namedJobId(body.value), problems: problemsOf(parsed.error) };
  const json = JSON.stringify(body.value);
  const bodySha256 = hash("sha256", json);
  return { ok: true, submission: { jobId: parsed.data.jobId ?? derivedJobId(), spec: parsed.data, json, bodySha256 } };
}

function parseJson(data: Uint8Array): { value: unknown } | { problem: string } {
  let text: string;
  try {
    text = utf8.decode(data);
  } catch {
    return { problem: "is not valid UTF-8; send the job as UTF-8 JSON" };
  }
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 200) : "cannot be parsed";
    return { problem: `is not JSON (${reason}); send one JSON object, without comments or trailing commas` };
  }
}

/** The id a refused body gives itself, as far as it is readable: whoever sent it looks for it under that name. */
function namedJobId(value: unknown): string | null {
  if (typeof value !== "object" || value === null || !("job_id" in value)) return null;
  const { job_id: jobId } = value;
  return typeof jobId === "string" && jobId.isWellFormed() ? jobId.replaceAll("\0", "").slice(0, 200) : null;
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((child) => isDeeperThan(child, levels - 1));
}

/** Where a key named `__proto__` stands: the schema passes over it, unchecked, and the row would keep it. */
function pathOfProto(value: unknown): PropertyKey[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, child] of Object.entries(value)) {
    const rest = key === "__proto__" ? [] : pathOfProto(child);
    if (rest) return [Array.isArray(value) ? Number(key) : key, ...rest];
  }
  return undefined;
}
