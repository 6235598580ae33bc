import { commonFields, describe, JobSpec, PROVIDER_TYPE_PATTERN, Text, TextMap, WholeNumber } from "@hodei/contracts";
import { FAILURE_CODES } from "@hodei/diagnostics";
import { z } from "zod";
import { Distribution } from "./distribution.ts";
import { Seconds } from "./seconds.ts";

const MAX_PROVIDERS = 1_000_000;
const MAX_SLOTS = 1_000_000;
const MAX_JOBS = 100_000_000;

const Share = z
  .number({ error: (issue) => `${describe(issue.input)} is not a share; write a number from 0 to 1` })
  .min(0, { error: "is below 0; write a share from 0 to 1" })
  .max(1, { error: "is above 1; write a share from 0 to 1" });
const Positive = z
  .number({ error: (issue) => `${describe(issue.input)} is not a number; write one above 0` })
  .positive({ error: "is not above 0; write a number above it" });
const Region = Text(100, 1);
/** What an outage does to the workers that run there: they go on unseen, or they die with it. */
const WorkersInOutage = z.enum(["survive", "lost"], {
  error: (issue) => `${describe(issue.input)} is neither; write survive or lost`,
});
const Name = Text(100, 1);

/** Providers that are alike, with the columns of `provider_configs`. */
const FleetGroup = z.strictObject({
  name: Name,
  count: WholeNumber(1, MAX_PROVIDERS).default(1),
  provider_type: z
    .string()
    .regex(PROVIDER_TYPE_PATTERN, {
      error: (issue) => `${describe(issue.input)} is not a provider type; write it in lower case, for example docker`,
    })
    .default("simulated"),
  max_workers: z
    .union(
      [
        WholeNumber(0, MAX_SLOTS),
        z
          .strictObject({ min: WholeNumber(0, MAX_SLOTS), max: WholeNumber(0, MAX_SLOTS) })
          .refine(({ min, max }) => min <= max, { path: ["max"], error: "is below min; write at least min" }),
      ],
      {
        error: (issue) => `${describe(issue.input)} is not a number of slots; write one, or {min: 5, max: 20}`,
      },
    )
    .default(10),
  priority: WholeNumber(-1_000_000, 1_000_000).default(0),
  /** One region, or several over which the group is spread evenly. */
  preferred_region: z.union([Region.transform((region) => [region]), z.array(Region)]).default([]),
  allowed_regions: z.array(Region).default([]),
  required_labels: TextMap(64, 1024).default({}),
  annotations: TextMap(64, 1024).default({}),
  config: z
    .strictObject({ capabilities: commonFields.capabilities, default_resources: commonFields.default_resources })
    .default({}),
  start: Distribution.default(0),
  start_failure_rate: Share.default(0),
  start_failure_code: z
    .enum(FAILURE_CODES, {
      error: (issue) => `${describe(issue.input)} is not in docs/failures.md; write a code of it`,
    })
    .default("IMAGE_PULL"),
  outages: z
    .strictObject({ per_day: Positive, duration: Distribution, workers: WorkersInOutage.default("survive") })
    .optional(),
});
export type FleetGroup = z.output<typeof FleetGroup>;

/** Providers that are away together. Without `group` and `region`: all of them. */
const PlannedOutage = z.strictObject({
  at: Seconds,
  for: Seconds,
  group: Name.optional(),
  region: Region.optional(),
  share: Share.default(1),
  workers: WorkersInOutage.default("survive"),
});
export type PlannedOutage = z.output<typeof PlannedOutage>;

/** A job's own words: what stands in `job.submitted`, without a command, because nothing runs. */
export const SimulatedJobSpec = z.preprocess(
  (given) =>
    typeof given === "object" && given !== null && !("command" in given) && !("payload" in given)
      ? { command: ["simulated"], ...given }
      : given,
  JobSpec,
);

const JobClass = z.strictObject({
  name: Name,
  share: Positive.default(1),
  duration: Distribution,
  failure_rate: Share.default(0),
  job: SimulatedJobSpec.prefault({}),
});

const Arrivals = z.strictObject({
  count: WholeNumber(1, MAX_JOBS),
  during: Seconds.refine((seconds) => seconds > 0, { error: "is 0; write how long jobs arrive, for example 24h" }),
  /** Busiest at this time of the day, by so much more than at the quietest. */
  daily: z
    .strictObject({
      peak_at: Seconds.default(14 * 3600),
      ratio: z.number().min(1, { error: "is below 1; write how many times more come at the peak than at the lowest" }),
    })
    .optional(),
  bursts: z.array(z.strictObject({ at: Seconds, for: Seconds, times: Positive })).default([]),
  classes: z.array(JobClass).min(1, { error: "is empty; write at least one class of jobs" }),
});
export type Arrivals = z.output<typeof Arrivals>;

/** A fleet and what comes to it, as `hodei simulate` reads it (docs/simulation.md). */
export const SimulationFile = z
  .strictObject({
    seed: WholeNumber(0, 4_294_967_295).default(1),
    fleet: z.array(FleetGroup).min(1, { error: "is empty; write at least one group of providers" }),
    outages: z.array(PlannedOutage).default([]),
    /** From the beginning of an outage until the provider counts as unhealthy: three checks, 30 seconds apart. */
    detected_after: Seconds.default(90),
    /** How long workers may be out of sight before they count as lost. */
    lost_after: Seconds.default(300),
    jobs: Arrivals.optional(),
    /** A file of jobs that really came, beside this one: JSON lines or CSV. */
    trace: Text(4096, 1).optional(),
  })
  .superRefine((file, context) => {
    if ((file.jobs === undefined) === (file.trace === undefined))
      context.addIssue({
        code: "custom",
        path: ["jobs"],
        message:
          file.jobs === undefined
            ? "is missing; write jobs: with a count and classes, or trace: with the path of a file"
            : "stands beside trace; write one of them",
      });
    const names = new Set<string>();
    for (const [i, { name }] of file.fleet.entries()) {
      if (names.has(name))
        context.addIssue({ code: "custom", path: ["fleet", i, "name"], message: `"${name}" is taken; write another` });
      names.add(name);
    }
    for (const [i, { group }] of file.outages.entries()) {
      if (group === undefined || names.has(group)) continue;
      const message = `"${group}" is no group of the fleet; write one of ${[...names].join(", ")}`;
      context.addIssue({ code: "custom", path: ["outages", i, "group"], message });
    }
  });
export type SimulationFile = z.output<typeof SimulationFile>;
