import { z } from "zod";
import { JobId } from "../job-spec.ts";
import { LOG_STREAMS } from "../log-streams.ts";
import { JOB_STATES } from "../states.ts";
import { Text } from "../text.ts";

/** Body of `job.cancel`. */
export const JobCancel = z.strictObject({ job_id: JobId, reason: Text(1024).optional() });
export type JobCancel = z.output<typeof JobCancel>;

/** Body of `job.status.<state>`: one message per job. Final states are durable, the others notices. */
export const JobStatus = z.object({
  job_id: z.string(),
  state: z.enum(JOB_STATES),
  attempt: z.number(),
  at: z.string(),
  provider: z.string().optional(),
  exit_code: z.number().optional(),
  /** Catalogue code (design §7) and its sentence. */
  code: z.string().optional(),
  message: z.string().optional(),
  problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  result: z.json().optional(),
  trace_id: z.string().optional(),
});
export type JobStatus = z.output<typeof JobStatus>;

/**
 * Body of `job.log.<job_id>`: whole lines of one stream; a line over 64 KiB comes in several, cut between characters. The worker wrote
 * `bytes` bytes, from `offset` on; `text` may differ (masked secrets). Each attempt and stream counts from 0. The same bytes may come
 * twice, and after an outage out of order: `offset` tells.
 */
export const JobLog = z.object({
  job_id: z.string(),
  attempt: z.number(),
  stream: z.enum(LOG_STREAMS),
  offset: z.number(),
  bytes: z.number(),
  at: z.string(),
  text: z.string(),
  /** On the last message of an attempt (stream `system`, no text): all that it wrote is out. */
  ended: z.literal(true).optional(),
});
export type JobLog = z.output<typeof JobLog>;
