import { z } from "zod";
import { JOB_ID_MAX_LENGTH, JOB_ID_PATTERN } from "./ids.ts";
import { parseCpuMillis, parseMemoryBytes } from "./quantities.ts";
import { CpuQuantity, GpuCount, MemoryQuantity, type Resources, resources } from "./resources.ts";
import { isJobSecretReference, jobSecretHint, SecretReference } from "./secret-reference.ts";
import { StorableJson } from "./storable-json.ts";
import { describe, Text, TextMap, WholeNumber } from "./text.ts";

export const JobId = z
  .string({ error: (issue) => `${describe(issue.input)} is not a job id; write a string` })
  .max(JOB_ID_MAX_LENGTH, { error: `is longer than ${JOB_ID_MAX_LENGTH} characters; shorten it` })
  .regex(JOB_ID_PATTERN, {
    error: (issue) =>
      `${describe(issue.input)} is not a job id; write lower-case letters, digits and inner dashes, for example nightly-42`,
  });

const EnvName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/, {
  error: (issue) => `${describe(issue.input)} is not an environment variable name; write letters, digits and _`,
});
const JobSecretReference = SecretReference.refine(isJobSecretReference, {
  error: (issue) => jobSecretHint(String(issue.input)),
});
const Region = Text(100, 1);
const Labels = TextMap(64, 1024);

/** The body of `job.submitted` as it stands on the wire (design §3.1). */
const WireJobSpec = z.strictObject(
  {
    job_id: JobId.describe(
      "The same id with the same body is the same job; with another body it is refused. Absent: made from the message",
    ).optional(),
    name: Text(200, 1).describe("What people call it; need not be unique").optional(),
    command: z
      .array(Text(131_072), {
        error: (issue) => `${describe(issue.input)} is not a list of strings; write for example ["echo", "hi"]`,
      })
      .min(1, { error: 'is empty; write for example ["echo", "hi"]' })
      .max(1024, { error: "has more than 1024 arguments" })
      .refine((command) => command[0] !== "", { error: "starts with an empty program name; write the program to run" })
      .describe("The program and its arguments; no shell reads them. Required, but for a Lambda job with a payload")
      .optional(),
    image: Text(512, 1)
      .describe("Absent: the provider's default_image. A job with an image goes only to types that run images")
      .optional(),
    env: z.record(EnvName, Text(131_072)).describe("Environment variables of the command").optional(),
    secrets: z
      .record(EnvName, JobSecretReference)
      .describe("Environment variable to reference, never a value: env:HODEI_SECRET_NAME or file:/path")
      .optional(),
    resources: z
      .strictObject({ cpu: CpuQuantity.optional(), memory: MemoryQuantity.optional(), gpu: GpuCount.optional() })
      .describe(
        'What its worker gets: cpu "500m" or 2, memory "256Mi" or bytes, whole GPUs. Absent: the provider\'s default_resources',
      )
      .optional(),
    provider_type: z
      .string()
      .regex(/^[a-z][a-z0-9_-]{0,62}$/, {
        error: (issue) => `${describe(issue.input)} is not a provider type; write it in lower case, for example docker`,
      })
      .describe("Only providers of this type: docker, kubernetes, lambda, process, or a plug-in's")
      .optional(),
    architecture: Text(32, 1).describe("amd64, arm64: only providers of that architecture").optional(),
    preferred_region: Region.describe("Providers of this region first, elsewhere only if none of them can").optional(),
    allowed_regions: z
      .array(Region)
      .max(256)
      .describe("Only providers that are or may serve there; empty: anywhere")
      .optional(),
    required_labels: Labels.describe("Each pair must be among the provider's required_labels, as written").optional(),
    required_annotations: Labels.describe("Each pair must be among the provider's annotations, as written").optional(),
    priority: WholeNumber(-1_000_000, 1_000_000).describe("Higher is placed first; default 0").optional(),
    timeout_seconds: WholeNumber(1, 31_536_000)
      .describe("How long it may run; default the smaller of 3600 and the provider's longest run")
      .optional(),
    provisioning_timeout_seconds: WholeNumber(1, 86_400)
      .describe("How long its worker may take to start; default 300")
      .optional(),
    retry: z
      .strictObject({
        max_attempts: WholeNumber(1, 100).optional(),
        backoff_seconds: WholeNumber(0, 86_400).optional(),
      })
      .describe(
        "After failures of its own; default 1 attempt, 5 seconds. Failures of the infrastructure have their own three",
      )
      .optional(),
    payload: StorableJson.optional().describe("Any JSON: the input of a Lambda function"),
    metadata: TextMap(64, 4096).describe("Yours: kept with the job, read by nobody").optional(),
  },
  {
    error: (issue) =>
      issue.code === "invalid_type" ? `${describe(issue.input)} is not a job; write a JSON object` : undefined,
  },
);

/** A job as the code reads it. Units stand in the names; absent means the default applies later. */
export interface JobSpec {
  jobId?: string;
  name?: string;
  command?: string[];
  image?: string;
  readonly env: Readonly<Record<string, string>>;
  /** Environment name → reference (`env:HODEI_SECRET_X`, `file:/path`), resolved only where the worker starts. */
  readonly secrets: Readonly<Record<string, string>>;
  resources: Resources;
  providerType?: string;
  architecture?: string;
  preferredRegion?: string;
  readonly allowedRegions: readonly string[];
  readonly requiredLabels: Readonly<Record<string, string>>;
  readonly requiredAnnotations: Readonly<Record<string, string>>;
  priority: number;
  timeoutSeconds?: number;
  provisioningTimeoutSeconds: number;
  retry: { maxAttempts: number; backoffSeconds: number };
  payload?: unknown;
  readonly metadata: Readonly<Record<string, string>>;
}

export const JobSpec = WireJobSpec.superRefine((wire, context) => {
  if (wire.command) return;
  if (wire.payload === undefined) {
    context.addIssue({ code: "custom", path: ["command"], message: 'is missing; write for example ["echo", "hi"]' });
  } else if (wire.provider_type !== "lambda" && wire.provider_type !== "simulated") {
    context.addIssue({
      code: "custom",
      path: ["command"],
      message: 'is missing; a job with only a payload runs on Lambda: write "provider_type": "lambda", or a command',
    });
  }
}).transform(
  (wire): JobSpec => jobSpecOf(wire, resources(wire.resources?.cpu, wire.resources?.memory, wire.resources?.gpu)),
);

/** A body that was accepted before, and its row written: read without being checked again, which costs more than all else about it. */
export function storedJobSpec(body: unknown): JobSpec {
  const wire = body as z.input<typeof WireJobSpec>;
  const { cpu, memory, gpu } = wire.resources ?? {};
  const cpuMillis = cpu === undefined ? undefined : parseCpuMillis(cpu);
  const memoryBytes = memory === undefined ? undefined : parseMemoryBytes(memory);
  return jobSpecOf(wire, resources(cpuMillis, memoryBytes, gpu));
}

/** What most jobs have in many places. */
const NO_PAIRS: JobSpec["env"] = Object.freeze({});
const ANYWHERE: JobSpec["allowedRegions"] = Object.freeze([]);

/** The schema drops this key; rows from before it was refused may have it. */
function pairsOf(map: Record<string, string> | undefined): JobSpec["env"] {
  if (!map) return NO_PAIRS;
  if (!Object.hasOwn(map, "__proto__")) return map;
  return Object.fromEntries(Object.entries(map).filter(([key]) => key !== "__proto__"));
}

function jobSpecOf(wire: Omit<z.input<typeof WireJobSpec>, "resources">, asked: Resources): JobSpec {
  return {
    ...(wire.job_id !== undefined && { jobId: wire.job_id }),
    ...(wire.name !== undefined && { name: wire.name }),
    ...(wire.command && { command: wire.command }),
    ...(wire.image !== undefined && { image: wire.image }),
    env: pairsOf(wire.env),
    secrets: pairsOf(wire.secrets),
    resources: asked,
    ...(wire.provider_type !== undefined && { providerType: wire.provider_type }),
    ...(wire.architecture !== undefined && { architecture: wire.architecture }),
    ...(wire.preferred_region !== undefined && { preferredRegion: wire.preferred_region }),
    allowedRegions: wire.allowed_regions ?? ANYWHERE,
    requiredLabels: pairsOf(wire.required_labels),
    requiredAnnotations: pairsOf(wire.required_annotations),
    priority: wire.priority ?? 0,
    ...(wire.timeout_seconds !== undefined && { timeoutSeconds: wire.timeout_seconds }),
    provisioningTimeoutSeconds: wire.provisioning_timeout_seconds ?? 300,
    retry: { maxAttempts: wire.retry?.max_attempts ?? 1, backoffSeconds: wire.retry?.backoff_seconds ?? 5 },
    ...(wire.payload !== undefined && { payload: wire.payload }),
    metadata: pairsOf(wire.metadata),
  };
}

/** Infrastructure failures have a budget of their own, whatever the job's `retry` says (design §3.1). */
export const INFRASTRUCTURE_ATTEMPTS = 3;
/** The run time a job gets where neither it nor the provider says less (design §3.1). */
export const DEFAULT_TIMEOUT_SECONDS = 3600;
