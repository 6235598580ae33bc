import { z } from "zod";
import { JobId } from "../job-spec.ts";
import { LOG_STREAMS } from "../log-streams.ts";
import { JOB_STATES } from "../states.ts";
import { Text } from "../text.ts";

/** Body of `job.cancel`. */
export const JobCancel = z.strictObject({
  job_id: JobId,
  reason: Text(1024).describe("Stands in the job's story").optional(),
});
export type JobCancel = z.output<typeof JobCancel>;

/** Body of `job.status.<state>`: one message per job. Final states are durable, the others notices. */
export const JobStatus = z.object({
  job_id: z.string(),
  state: z.enum(JOB_STATES),
  attempt: z.number().describe("The present or last attempt; 0 = it never had a worker"),
  at: z.string().describe("ISO 8601"),
  provider: z.string().describe("Name of the provider").optional(),
  exit_code: z.number().optional(),
  code: z.string().describe("A code of the failure catalogue").optional(),
  message: z.string().describe("What it means for this job").optional(),
  problems: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .describe("Of a rejected job: what is wrong, by path, and what to write instead")
    .optional(),
  result: z.json().describe("What a Lambda function returned").optional(),
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
  stream: z.enum(LOG_STREAMS).describe("system: Hodei's own words about the attempt"),
  offset: z.number().describe("Bytes of this stream of this attempt before these, from 0"),
  bytes: z.number().describe("Bytes that the worker wrote; text may differ where a secret was masked"),
  at: z.string().describe("ISO 8601: when it was taken from the worker"),
  text: z.string().describe("Whole lines; only the last line of an output may lack its newline"),
  ended: z
    .literal(true)
    .describe("On the last message of an attempt (stream system, no text): all its output is out")
    .optional(),
});
export type JobLog = z.output<typeof JobLog>;
