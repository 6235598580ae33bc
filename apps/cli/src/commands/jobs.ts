import { LOG_STREAMS } from "@hodei/contracts/log-streams";
import { JOB_STATES } from "@hodei/contracts/states";
import { type ArgumentDefinition, type CommandDefinition, JSON_OPTION } from "../command-definition.ts";

const JOB: ArgumentDefinition = { name: "<job>", summary: "its id", completes: "jobs" };

/** `hodei jobs …` */
export const JOB_COMMANDS: readonly CommandDefinition[] = [
  {
    name: "jobs list",
    summary: "the newest jobs",
    options: [
      {
        flags: "--state <state>",
        summary: "only those in this state",
        completes: JOB_STATES.map((state) => state.toLowerCase()),
      },
      { flags: "--limit <number>", summary: "how many", default: "50" },
      JSON_OPTION,
    ],
    examples: [
      { command: "hodei jobs list --state pending", does: "what waits" },
      { command: "hodei jobs list --state rejected", does: "what was refused at the door, and why" },
      { command: "hodei jobs list --limit 1000 --json | jq -r '.jobs[].id'" },
    ],
    reaches: "api",
    load: async () => (await import("../jobs/list-jobs.ts")).listJobs,
  },
  {
    name: "jobs get",
    summary: "one job with its attempts",
    arguments: [JOB],
    options: [JSON_OPTION],
    examples: [
      { command: "hodei jobs get nightly-42" },
      { command: "hodei jobs get nightly-42 --json | jq .job.spec" },
    ],
    reaches: "api",
    load: async () => (await import("../jobs/get-job.ts")).getJob,
  },
  {
    name: "jobs logs",
    summary: "what the job wrote: its stdout on stdout, its stderr and what Hodei says on stderr",
    arguments: [JOB],
    options: [
      { flags: "-f, --follow", summary: "go on until it ends, and wait for it to begin" },
      { flags: "--attempt <number>", summary: "only this attempt; default all of them" },
      { flags: "--stream <stream>", summary: `only one of ${LOG_STREAMS.join(", ")}`, completes: LOG_STREAMS },
      { flags: "--timestamps", summary: "when each line was taken from the worker" },
      { flags: "--tail <lines>", summary: "only the last lines" },
      { flags: "--json", summary: "one JSON object a line: job_id, attempt, stream, at, line" },
    ],
    examples: [
      { command: "hodei jobs logs -f nightly-42" },
      { command: "hodei jobs logs nightly-42 --tail 20 --stream stderr" },
    ],
    reaches: "api",
    load: async () => (await import("../jobs/show-logs.ts")).showLogs,
  },
  {
    name: "jobs cancel",
    summary: "end a job, wherever it is",
    arguments: [JOB],
    options: [{ flags: "--reason <text>", summary: "why" }],
    examples: [{ command: "hodei jobs cancel nightly-42 --reason 'wrong input'" }],
    reaches: "api",
    load: async () => (await import("../jobs/cancel-job.ts")).cancelJob,
  },
  {
    name: "jobs explain",
    summary: "why it is where it is, or why it waits",
    arguments: [JOB],
    options: [JSON_OPTION],
    examples: [{ command: "hodei jobs explain nightly-42", does: "every provider with the rules it failed" }],
    reaches: "api",
    load: async () => (await import("../jobs/explain-job.ts")).explainJob,
  },
  {
    name: "jobs retry",
    summary: "submit a finished job again under a new id, and print that",
    arguments: [JOB],
    examples: [{ command: "hodei jobs logs -f $(hodei jobs retry nightly-42)" }],
    reaches: "api",
    load: async () => (await import("../jobs/retry-job.ts")).retryJob,
  },
];
