import { formatProblem, problemsOf } from "@hodei/contracts";
import { FAILURE_CODES } from "@hodei/diagnostics";
import { z } from "zod";

/** What the calls of a provider may answer (provider.ts): a plug-in is not checked by our compiler. */
const code = z.enum(FAILURE_CODES, { error: `is no code of the catalogue; write one of ${FAILURE_CODES.join(", ")}` });
const text = z.string({ error: "is not a string" });
const date = z.date({ error: "is not a Date" });

export const HealthAnswer = z.looseObject({
  state: z.enum(["healthy", "degraded", "unhealthy"], { error: "is not healthy, degraded or unhealthy" }),
  code: code.optional(),
  detail: text.optional(),
  needsConfirmation: z.boolean().optional(),
  capabilities: z.looseObject({ perWorker: z.looseObject({}), total: z.looseObject({}) }).optional(),
});

export const HandleAnswer = z.looseObject({
  name: text,
  resourceId: text,
  state: z.enum(["starting", "running", "exited"], { error: "is not starting, running or exited" }),
  adopted: z.boolean({ error: "is neither true nor false" }),
  startedAt: date.optional(),
});

export const ExitAnswer = z.looseObject({
  name: text,
  resourceId: text,
  at: date,
  startedAt: date.optional(),
  exitCode: z.int({ error: "is not a whole number" }).optional(),
  failure: z.looseObject({ code, detail: text }).optional(),
});

export const ChunkAnswer = z.looseObject({
  stream: z.enum(["stdout", "stderr"], { error: "is not stdout or stderr" }),
  offset: z.int({ error: "is not a number of bytes" }).min(0),
  bytes: z.int({ error: "is not a number of bytes" }).min(0),
  text,
});

/** The answer itself, when it is one. @throws Error that names the call and all that is wrong with its answer */
export function checkAnswer<T>(call: string, schema: z.ZodType, answer: T): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return answer;
  throw new Error(
    `${call} of the plug-in answered what is none: ${problemsOf(parsed.error).map(formatProblem).join("; ")}`,
  );
}
