import type { Outcome } from "./outcome.ts";

/** One thing the demo shows: a job, and what has to become of it. */
export interface Scene {
  key: string;
  shows: string;
  body: Record<string, unknown>;
  /** Why the outcome is not what was promised; `undefined` = it is. */
  check: (outcome: Outcome) => string | undefined;
}

const sleepFor = (seconds: number, text: string) => ["sh", "-c", `sleep ${seconds}; echo ${text}`];
const labels = (required_labels: Record<string, string>) => ({ required_labels });

function ranOn(...providers: string[]): Scene["check"] {
  return ({ state, provider }) => {
    if (state !== "SUCCEEDED") return `it is ${state}, not SUCCEEDED`;
    return providers.includes(provider ?? "") ? undefined : `it ran on ${provider}, not on ${providers.join(" or ")}`;
  };
}

/** A dozen jobs that between them show what placement does. `twin-*` are also checked together, see `checkSpread`. */
export function makeScenes(hasDocker: boolean): Scene[] {
  const scenes: Scene[] = [
    {
      key: "prefers-us",
      shows: "preferred region",
      body: { command: ["echo", "hello"], preferred_region: "us-east-1", ...labels({ demo: "yes" }) },
      check: ranOn("demo-us"),
    },
    {
      key: "falls-back",
      shows: "nobody in the preferred region: the allowed ones",
      body: {
        command: ["echo", "hello"],
        preferred_region: "sa-east-1",
        allowed_regions: ["sa-east-1", "eu-central-1"],
        ...labels({ demo: "yes" }),
      },
      check: ranOn("demo-eu-1", "demo-eu-2"),
    },
    {
      key: "anywhere",
      shows: "no region matches: the best of all",
      body: { command: ["echo", "hello"], preferred_region: "moon-1", ...labels({ demo: "yes" }) },
      check: ranOn("demo-us"),
    },
    {
      key: "production",
      shows: "a label that one provider has",
      body: { command: ["echo", "hello"], ...labels({ environment: "production" }) },
      check: ranOn("demo-us"),
    },
    {
      key: "needs-a100",
      shows: "nobody has the label; runs after an UPDATE",
      body: { command: ["echo", "at last"], ...labels({ gpu: "a100" }) },
      check: ranOn("demo-us"),
    },
    {
      key: "fills-slot",
      shows: "takes the only slot",
      body: { command: sleepFor(1.5, "first"), ...labels({ size: "small" }) },
      check: ranOn("demo-small"),
    },
    {
      key: "waits-for-slot",
      shows: "full provider: waits for the slot",
      body: { command: ["echo", "second"], ...labels({ size: "small" }) },
      check: (outcome) =>
        ranOn("demo-small")(outcome) ?? (outcome.waitMs > 1000 ? undefined : `it waited only ${outcome.waitMs} ms`),
    },
    {
      key: "moves-on",
      shows: "the first provider cannot start it",
      body: { command: ["echo", "rescued"], ...labels({ failover: "yes" }) },
      check: (outcome) =>
        ranOn("demo-eu-1")(outcome) ?? (outcome.attempt > 1 ? undefined : "its first attempt did not fail"),
    },
    {
      key: "fails",
      shows: "the job itself fails",
      body: { command: ["sh", "-c", "echo 'no luck' >&2; exit 3"], ...labels({ demo: "yes" }) },
      check: ({ state, exitCode }) =>
        state === "FAILED" && exitCode === 3 ? undefined : `it is ${state} with exit code ${exitCode}`,
    },
    {
      key: "malformed",
      shows: "rejected, with every problem named",
      body: { command: "echo hi", resources: { memory: "4GB" } },
      check: ({ state, why }) =>
        state === "REJECTED" && why.includes("write 4G or 4Gi") ? undefined : `it is ${state}: ${why}`,
    },
  ];
  for (const twin of ["twin-a", "twin-b", "twin-c", "twin-d"]) {
    scenes.push({
      key: twin,
      shows: "load spread between equals",
      body: { command: sleepFor(1, twin), ...labels({ pool: "twins" }) },
      check: ranOn("demo-eu-1", "demo-eu-2"),
    });
  }
  if (hasDocker) {
    scenes.push({
      key: "container",
      shows: "a real container",
      body: { command: ["sh", "-c", "echo in a container; id -u"], provider_type: "docker" },
      check: ranOn("demo-docker"),
    });
  }
  return scenes;
}

/** Four jobs on two equal providers: both have to get some. */
export function checkSpread(outcomes: readonly Outcome[]): string | undefined {
  const used = new Set(
    outcomes.filter((outcome) => outcome.key.startsWith("twin-")).map((outcome) => outcome.provider),
  );
  return used.size === 2 ? undefined : `the four twins all went to ${[...used].join(", ")}`;
}
