import { fromJson, type JsonObject } from "@bufbuild/protobuf";
import { type JobSpec, JobSpecSchema } from "@hodei/api/job";
import { UsageError } from "../errors.ts";

/** The options of `hodei run` that say what the job asks for. */
export interface SpecOptions {
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
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const LARGEST = 2 ** 31 - 1;

/** @throws UsageError for what is no job even before it is sent */
export function specOf(jobId: string, command: string[], options: SpecOptions): JobSpec {
  const resources = {
    ...(options.cpu !== undefined && { cpu: options.cpu }),
    ...(options.memory !== undefined && { memory: options.memory }),
    ...(options.gpu !== undefined && { gpu: wholeNumber("--gpu", options.gpu) }),
  };
  const body: JsonObject = {
    job_id: jobId,
    command,
    ...(options.name !== undefined && { name: options.name }),
    ...(options.image !== undefined && { image: options.image }),
    ...(Object.keys(resources).length > 0 && { resources }),
    required_labels: pairs("--label", options.label),
    required_annotations: pairs("--annotation", options.annotation),
    env: pairs("--env", options.env),
    secrets: pairs("--secret", options.secret),
    ...(options.region !== undefined && { preferred_region: options.region }),
    allowed_regions: options.allowRegion,
    ...(options.timeout !== undefined && { timeout_seconds: seconds(options.timeout) }),
    ...(options.providerType !== undefined && { provider_type: options.providerType }),
    ...(options.priority !== undefined && { priority: wholeNumber("--priority", options.priority) }),
    ...(options.retries !== undefined && { retry: { max_attempts: wholeNumber("--retries", options.retries) + 1 } }),
  };
  return fromJson(JobSpecSchema, body);
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
  const value = Number(count) * (UNITS[unit || "s"] ?? 1);
  if (!count || value > LARGEST) throw new UsageError(`--timeout ${text}: write for example 90s, 10m or 2h`);
  return value;
}

function wholeNumber(flag: string, text: string): number {
  if (!/^-?\d+$/.test(text) || Math.abs(Number(text)) >= LARGEST)
    throw new UsageError(`${flag} ${text}: write a whole number`);
  return Number(text);
}
