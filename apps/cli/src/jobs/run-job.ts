import { randomUUID } from "node:crypto";
import { SUBJECTS } from "@hodei/contracts";
import { connectBus } from "../connect.ts";
import { UsageError } from "../errors.ts";
import { printLine, say } from "../print.ts";
import { followJob } from "./follow-job.ts";
import { conclude } from "./job-outcome.ts";

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
export async function runJob(command: string[], options: RunOptions): Promise<void> {
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
