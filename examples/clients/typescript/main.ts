// Submits a job to Hodei over NATS, shows its log, and ends as it ended: node main.ts echo hi
import { randomUUID } from "node:crypto";
import { jetstream } from "@nats-io/jetstream";
import { connect, headers } from "@nats-io/transport-node";

interface JobStatus {
  job_id: string;
  state: string;
  provider?: string;
  exit_code?: number;
  message?: string;
  problems?: { path: string; message: string }[];
}

interface JobLog {
  attempt: number;
  stream: "stdout" | "stderr" | "system";
  offset: number;
  bytes: number;
  text: string;
}

const FINAL_STATES = ["SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED", "REJECTED"];

const command = process.argv.slice(2);
const jobId = process.env["JOB_ID"] ?? `example-${randomUUID().slice(0, 8)}`;
const connection = await connect({ servers: process.env["HODEI_NATS_URL"] ?? "nats://127.0.0.1:4222" });

// Listen first, so that nothing is missed.
const ended = Promise.withResolvers<JobStatus>();
connection.subscribe("job.status.*", {
  callback(error, message) {
    if (error) return ended.reject(error);
    const status = message.json<JobStatus>();
    if (status.job_id !== jobId) return;
    process.stderr.write(`${jobId} is ${status.state}${status.provider ? ` on ${status.provider}` : ""}\n`);
    if (FINAL_STATES.includes(status.state)) ended.resolve(status);
  },
});
const reached = new Map<string, number>();
connection.subscribe(`job.log.${jobId}`, {
  callback(error, message) {
    if (error) return ended.reject(error);
    const { attempt, stream, offset, bytes, text } = message.json<JobLog>();
    const place = `${attempt} ${stream}`;
    // The same bytes may come twice.
    if (offset + bytes <= (reached.get(place) ?? 0)) return;
    reached.set(place, offset + bytes);
    (stream === "stdout" ? process.stdout : process.stderr).write(text);
  },
});

// The job has an id, and the message the same: to publish it again is the same job.
const sent = headers();
sent.set("Nats-Msg-Id", jobId);
if (process.env["TRACEPARENT"]) sent.set("traceparent", process.env["TRACEPARENT"]);
await jetstream(connection).publish("job.submitted", JSON.stringify({ job_id: jobId, command }), { headers: sent });

const status = await ended.promise;
await connection.drain();
for (const { path, message } of status.problems ?? []) process.stderr.write(`${path}: ${message}\n`);
if (status.message) process.stderr.write(`${status.message}\n`);
process.exitCode = status.state === "SUCCEEDED" ? 0 : status.exit_code || 1;
