import type { CommandDefinition } from "../command-definition.ts";

/** `hodei run -- CMD` */
export const RUN_COMMAND: CommandDefinition = {
  name: "run",
  summary: "run a command as a job: prints its id, streams its output, exits with its exit code",
  arguments: [{ name: "<command...>", summary: "the command and its arguments, after --" }],
  options: [
    { flags: "--name <name>", summary: "a name for people" },
    { flags: "--image <image>", summary: "container image; else the provider's default_image" },
    { flags: "--cpu <cpu>", summary: "for example 500m or 2" },
    { flags: "--memory <memory>", summary: "for example 256Mi" },
    { flags: "--gpu <count>", summary: "whole GPUs" },
    { flags: "--label <key=value>", summary: "a label that the provider must have", isRepeatable: true },
    { flags: "--annotation <key=value>", summary: "an annotation that the provider must have", isRepeatable: true },
    { flags: "--env <KEY=value>", summary: "an environment variable", isRepeatable: true },
    {
      flags: "--secret <KEY=reference>",
      summary: "a secret by reference: env:HODEI_SECRET_NAME or file:/path",
      isRepeatable: true,
    },
    { flags: "--region <region>", summary: "preferred region" },
    { flags: "--allow-region <region>", summary: "a region it may run in", isRepeatable: true },
    { flags: "--timeout <duration>", summary: "longest run, for example 90s, 10m, 2h" },
    {
      flags: "--provider-type <type>",
      summary: "docker, kubernetes, lambda, process …",
      completes: ["docker", "kubernetes", "lambda", "process"],
    },
    { flags: "--priority <number>", summary: "higher goes first among those that wait" },
    { flags: "--retries <number>", summary: "further attempts when the job itself fails" },
    { flags: "--detach", summary: "print the id and return" },
  ],
  examples: [
    { command: "hodei run -- echo hi" },
    { command: "hodei run --image alpine:3 --memory 256Mi -- sh -c 'sleep 5; date'" },
    { command: "hodei run --label environment=production --timeout 10m -- ./nightly.sh" },
  ],
  notes:
    "Exit codes:\n  that of the command; 124 when it ran too long, 130 when it was cancelled,\n  1 when it could not be run or was refused, 2 when the words of this command are wrong",
  reaches: "api",
  passesOptionsOn: true,
  load: async () => (await import("../jobs/run-job.ts")).runJob,
};
