import { describe, expect, test } from "vitest";
import {
  explain,
  type FleetProvider,
  formatRefusal,
  placeNaively,
  type Requirements,
  refusalsOf,
} from "../src/index.ts";

const job: Requirements = {
  resources: {},
  providerType: null,
  architecture: null,
  timeoutSeconds: null,
  hasImage: false,
  hasCommand: true,
  preferredRegion: null,
  allowedRegions: [],
  requiredLabels: {},
  requiredAnnotations: {},
  excludedProviders: [],
};
const provider = (name: string, more: Partial<FleetProvider> = {}): FleetProvider => ({
  id: `id-${name}`,
  name,
  providerType: "process",
  status: "ACTIVE",
  configErrors: [],
  health: "healthy",
  priority: 0,
  maxWorkers: 4,
  activeWorkers: 0,
  preferredRegion: null,
  allowedRegions: [],
  requiredLabels: {},
  annotations: {},
  capabilities: { perWorker: {}, total: {} },
  defaultResources: {},
  reserved: { cpuMillis: 0, memoryBytes: 0, gpu: 0 },
  longestRunSeconds: null,
  runsImages: false,
  needsImage: false,
  takesPayload: false,
  hasDefaultImage: false,
  generation: 1,
  ...more,
});
const reasons = (wants: Partial<Requirements>, has: Partial<FleetProvider>) =>
  refusalsOf({ ...job, ...wants }, provider("p", has)).map(formatRefusal);
const chosen = (wants: Partial<Requirements>, ...providers: FleetProvider[]) => {
  const decision = placeNaively({ ...job, ...wants }, providers);
  return decision.placed ? `${decision.providerId.replace("id-", "")} by ${decision.step}` : "nobody";
};

describe("eligibility, each rule with both sides", () => {
  test.each<[string, Partial<Requirements>, Partial<FleetProvider>, string[]]>([
    ["E1 status", {}, { status: "MAINTENANCE" }, ["E1 status: wants ACTIVE, has MAINTENANCE"]],
    [
      "E1 not validated",
      {},
      { configErrors: null },
      ["E1 config: wants a validated configuration, has one not validated yet"],
    ],
    ["E2 unhealthy", {}, { health: "unhealthy" }, ["E2 health: wants healthy or degraded, has unhealthy"]],
    ["E2 degraded and unknown are good enough", {}, { health: "degraded" }, []],
    ["E3 full", {}, { activeWorkers: 4 }, ["E3 active_workers: wants a free slot, has 4 of 4 taken"]],
    ["E3 no workers at all", {}, { maxWorkers: 0 }, ["E3 active_workers: wants a free slot, has 0 of 0 taken"]],
    [
      "E4 one worker",
      { resources: { cpuMillis: 2500 } },
      { capabilities: { perWorker: { cpuMillis: 2000 }, total: {} } },
      ["E4 cpu: wants 2500m, has 2 per worker"],
    ],
    [
      "E4 default where the job is silent",
      {},
      { defaultResources: { memoryBytes: 2 ** 31 }, capabilities: { perWorker: { memoryBytes: 2 ** 30 }, total: {} } },
      ["E4 memory: wants 2Gi, has 1Gi per worker"],
    ],
    ["E4 no GPU unless it says so", { resources: { gpu: 1 } }, {}, ["E4 gpu: wants 1, has 0 per worker"]],
    [
      "E4 what is left of the whole",
      { resources: { cpuMillis: 1000 } },
      {
        capabilities: { perWorker: {}, total: { cpuMillis: 2000 } },
        reserved: { cpuMillis: 1500, memoryBytes: 0, gpu: 0 },
      },
      ["E4 cpu: wants 1, has 500m left of 2"],
    ],
    ["E5 type", { providerType: "docker" }, {}, ['E5 provider_type: wants "docker", has "process"']],
    [
      "E5 architecture",
      { architecture: "arm64" },
      { capabilities: { architecture: "amd64", perWorker: {}, total: {} } },
      ['E5 architecture: wants "arm64", has "amd64"'],
    ],
    [
      "E5 longest run",
      { timeoutSeconds: 1000 },
      { longestRunSeconds: 900 },
      ["E5 timeout_seconds: wants 1000 s, has 900 s at most"],
    ],
    ["E5 image", { hasImage: true }, {}, ["E5 image: wants a type that runs images, has type process, which does not"]],
    [
      "E6 another value",
      { requiredLabels: { environment: "production" } },
      { requiredLabels: { environment: "staging" } },
      ['E6 environment: wants "production", has "staging"'],
    ],
    [
      "E6 case counts",
      { requiredLabels: { tier: "High" } },
      { requiredLabels: { tier: "high" } },
      ['E6 tier: wants "High", has "high"'],
    ],
    [
      "E6 spaces count",
      { requiredLabels: { tier: "high" } },
      { requiredLabels: { tier: "high " } },
      ['E6 tier: wants "high", has "high "'],
    ],
    ["E7 missing", { requiredAnnotations: { compliance: "soc2" } }, {}, ['E7 compliance: wants "soc2", has nothing']],
    [
      "E8 no common region",
      { allowedRegions: ["eu"] },
      { allowedRegions: ["us"] },
      ["E8 allowed_regions: wants one of eu, has us"],
    ],
    ["E8 an empty provider list is any region", { allowedRegions: ["eu"] }, {}, []],
    ["E8 an empty job list is no restriction", {}, { allowedRegions: ["us"] }, []],
    [
      "E9 failed there before",
      { excludedProviders: ["id-p"] },
      {},
      ["E9 attempts: wants a provider where no attempt failed, has a failed attempt of this job"],
    ],
  ])("%s", (_, wants, has, expected) => {
    expect(reasons(wants, has)).toEqual(expected);
  });

  test("every failed rule is named, not just the first", () => {
    expect(reasons({ requiredLabels: { a: "b" } }, { status: "DISABLED", activeWorkers: 4 })).toHaveLength(3);
  });

  test("an exclusion is dropped when nobody else is left", () => {
    expect(chosen({ excludedProviders: ["id-a"] }, provider("a"), provider("b"))).toBe("b by R3");
    expect(chosen({ excludedProviders: ["id-a"] }, provider("a"))).toBe("a by R3");
  });
});

describe("region fallback", () => {
  const here = provider("here", { preferredRegion: "eu" });
  const allows = provider("allows", { allowedRegions: ["eu", "us"], priority: 9 });
  const elsewhere = provider("elsewhere", { preferredRegion: "ap", priority: 9 });
  test("R1: who prefers the region goes before who merely allows it, whatever the priority", () => {
    expect(chosen({ preferredRegion: "eu" }, here, allows, elsewhere)).toBe("here by R1-preferred");
    expect(chosen({ preferredRegion: "eu" }, allows, elsewhere)).toBe("allows by R1-allowed");
  });
  test("R2: the job's allowed regions, by the provider's allowed or preferred one", () => {
    expect(chosen({ preferredRegion: "sa", allowedRegions: ["ap"] }, here, elsewhere)).toBe("elsewhere by R2");
  });
  test("R3: anybody who fits", () => {
    expect(chosen({ preferredRegion: "sa" }, here, elsewhere)).toBe("elsewhere by R3");
  });
});

describe("rank", () => {
  test.each<[string, FleetProvider[], string]>([
    ["priority, higher first", [provider("a"), provider("b", { priority: 1, activeWorkers: 3 })], "b"],
    ["utilisation, lower first", [provider("a", { activeWorkers: 2 }), provider("b", { activeWorkers: 1 })], "b"],
    [
      "utilisation is a ratio: 1/3 before 2/4",
      [provider("a", { activeWorkers: 2 }), provider("b", { activeWorkers: 1, maxWorkers: 3 })],
      "b",
    ],
    [
      "1/3 equals 2/6: then the name",
      [provider("b", { activeWorkers: 1, maxWorkers: 3 }), provider("a", { activeWorkers: 2, maxWorkers: 6 })],
      "a",
    ],
    [
      "huge counts are compared exactly",
      [
        provider("a", { activeWorkers: 2_147_483_646, maxWorkers: 2_147_483_647 }),
        provider("b", { activeWorkers: 2_147_483_645, maxWorkers: 2_147_483_646 }),
      ],
      "b",
    ],
    ["healthy before degraded", [provider("a", { health: "degraded" }), provider("b")], "b"],
    ["never checked ranks as healthy", [provider("b", { health: "unknown" }), provider("c")], "b"],
    ["name", [provider("b"), provider("a")], "a"],
  ])("%s", (_, providers, winner) => {
    expect(chosen({}, ...providers)).toBe(`${winner} by R3`);
  });
});

test("an explanation shows the near miss first, and points out what differs only by case or spaces", () => {
  const wants = { ...job, requiredLabels: { Environment: "production" } };
  const far = provider("a-far", { status: "DISABLED" });
  const near = provider("near", { requiredLabels: { environment: "Production " } });
  const explanation = explain(wants, [far, near], { limit: 10 });
  expect(explanation.providers.map((each) => each.name)).toEqual(["near", "a-far"]);
  expect(explanation.nearestReason).toBe("labels");
  expect(explanation.hints).toEqual([
    'label "Environment": "production" and "environment": "Production " on near differ only by case or spaces; they must be equal to the letter',
  ]);
});
