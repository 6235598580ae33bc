import { randomUUID } from "node:crypto";
import { SUBJECTS } from "@hodei/contracts";
import type { Command } from "commander";
import { connectBus } from "../connect.ts";
import { UsageError } from "../errors.ts";
import { followJob } from "../jobs/follow-job.ts";
import { conclude } from "../jobs/job-outcome.ts";
import { printLine, say } from "../print.ts";

interface RunOptions {
  name?: string;
  image?: string;
  cpu?: string;
  memory?: string;
  gpu?: string;
  label: string[];
  annotation: string[];
  env: string[];
  secret: string[];
  region?: string;
  allowRegion: string[];
  timeout?: string;
  providerType?: string;
  priority?: string;
  retries?: string;
  detach?: boolean;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `hodei run -- CMD`: submits a job over NATS, shows its output, and ends as it ends. */
export function addRunCommand(program: Command): void {
  const many = (value: string, before: string[]) => [...before, value];
  program
    .command("run")
    .description("run a command as a job: prints its id, streams its output, exits with its exit code")
    .passThroughOptions()
    .option("--name <name>", "a name for people")
    .option("--image <image>", "container image; else the provider's default_image")
    .option("--cpu <cpu>", "for example 500m or 2")
    .option("--memory <memory>", "for example 256Mi")
    .option("--gpu <count>", "whole GPUs")
    .option("--label <key=value>", "a label that the provider must have (repeatable)", many, [])
    .option("--annotation <key=value>", "an annotation that the provider must have (repeatable)", many, [])
    .option("--env <KEY=value>", "an environment variable (repeatable)", many, [])
    .option(
      "--secret <KEY=reference>",
      "a secret by reference: env:HODEI_SECRET_NAME or file:/path (repeatable)",
      many,
      [],
    )
    .option("--region <region>", "preferred region")
    .option("--allow-region <region>", "a region it may run in (repeatable)", many, [])
    .option("--timeout <duration>", "longest run, for example 90s, 10m, 2h")
    .option("--provider-type <type>", "docker, kubernetes, lambda, process …")
    .option("--priority <number>", "higher goes first among those that wait")
    .option("--retries <number>", "further attempts when the job itself fails")
    .option("--detach", "print the id and return")
    .argument("<command...>", "the command and its arguments, after --")
    .addHelpText(
      "after",
      "\nExamples:\n  hodei run -- echo hi\n  hodei run --image alpine:3 --memory 256Mi -- sh -c 'sleep 5; date'\n  hodei run --label environment=production --timeout 10m -- ./nightly.sh",
    )
    .action(run);
}

async function run(command: string[], options: RunOptions): Promise<void> {
  const jobId = `run-${randomUUID().slice(0, 13)}`;
  const body = { job_id: jobId, command, ...specOf(options) };
  await using bus = await connectBus();
  const submit = () => bus.publish([{ subject: SUBJECTS.jobSubmitted, messageId: jobId, body }]);
  if (options.detach) {
    await submit();
    printLine(jobId);
    return;
  }
  say(`job ${jobId}`);
  // Ctrl-C cancels the job. Failing to ask leaves it running: then that is what the user must hear.
  process.once("SIGINT", () => {
    say(`cancelling ${jobId} …`);
    const body = { job_id: jobId, reason: "Ctrl-C" };
    bus
      .publish([{ subject: SUBJECTS.jobCancel, messageId: `${jobId}.cancel`, body }])
      .catch((error: unknown) => say(String(error)));
  });
  process.exitCode = conclude(await followJob(bus, jobId, { submit }));
}

function specOf(options: RunOptions): Record<string, unknown> {
  const resources = {
    ...(options.cpu !== undefined && { cpu: options.cpu }),
    ...(options.memory !== undefined && { memory: options.memory }),
    ...(options.gpu !== undefined && { gpu: wholeNumber("--gpu", options.gpu) }),
  };
  return {
    ...(options.name !== undefined && { name: options.name }),
    ...(options.image !== undefined && { image: options.image }),
    ...(Object.keys(resources).length > 0 && { resources }),
    ...(options.label.length > 0 && { required_labels: pairs("--label", options.label) }),
    ...(options.annotation.length > 0 && { required_annotations: pairs("--annotation", options.annotation) }),
    ...(options.env.length > 0 && { env: pairs("--env", options.env) }),
    ...(options.secret.length > 0 && { secrets: pairs("--secret", options.secret) }),
    ...(options.region !== undefined && { preferred_region: options.region }),
    ...(options.allowRegion.length > 0 && { allowed_regions: options.allowRegion }),
    ...(options.timeout !== undefined && { timeout_seconds: seconds(options.timeout) }),
    ...(options.providerType !== undefined && { provider_type: options.providerType }),
    ...(options.priority !== undefined && { priority: wholeNumber("--priority", options.priority) }),
    ...(options.retries !== undefined && { retry: { max_attempts: wholeNumber("--retries", options.retries) + 1 } }),
  };
}

function pairs(flag: string, texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      const [key, value] = [text.slice(0, at), text.slice(at + 1)];
      const isLabel = flag === "--label" || flag === "--annotation";
      if (at > 0 && isLabel && value.startsWith("="))
        throw new UsageError(
          `${flag} ${text}: write key=value with one =, for example ${flag} ${key}=${value.slice(1)}`,
        );
      if (at <= 0) throw new UsageError(`${flag} ${text}: write key=value`);
      return [key, value];
    }),
  );
}

function seconds(text: string): number {
  const [, count, unit = "s"] = /^(\d+)([smhd]?)$/.exec(text) ?? [];
  if (!count) throw new UsageError(`--timeout ${text}: write for example 90s, 10m or 2h`);
  return Number(count) * (UNITS[unit || "s"] ?? 1);
}

function wholeNumber(flag: string, text: string): number {
  if (!/^-?\d+$/.test(text)) throw new UsageError(`${flag} ${text}: write a whole number`);
  return Number(text);
}
