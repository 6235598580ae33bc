import fc from "fast-check";
import type { FleetProvider, Requirements } from "../src/index.ts";

/** Few values of each kind, so that they meet often: what matters is decided where things are equal or nearly so. */
const region = fc.constantFrom("eu", "us", "ap");
const regions = fc.uniqueArray(region, { maxLength: 2 });
const labels = fc.dictionary(fc.constantFrom("env", "tier"), fc.constantFrom("prod", "Prod", "dev"), { maxKeys: 2 });
const amount = fc.option(fc.constantFrom(0, 100, 500, 1000), { nil: undefined });
const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

function resources(max: typeof amount) {
  return fc
    .record({ cpuMillis: max, memoryBytes: max, gpu: fc.option(fc.constantFrom(0, 1), { nil: undefined }) })
    .map(
      (value) =>
        Object.fromEntries(
          Object.entries(value).filter(([, each]) => each !== undefined),
        ) as FleetProvider["defaultResources"],
    );
}

export const PROVIDER_IDS = ["a", "b", "c", "d", "e", "f", "g", "h"].map((letter) => `0000000${letter}`);

export function arbitraryProvider(
  id: fc.Arbitrary<string> = fc.constantFrom(...PROVIDER_IDS),
): fc.Arbitrary<FleetProvider> {
  return fc
    .record({
      id,
      providerType: fc.constantFrom("docker", "process"),
      status: fc.constantFrom("ACTIVE", "ACTIVE", "ACTIVE", "DISABLED", "UNHEALTHY"),
      configErrors: fc.constantFrom([], [], [], null, [{ path: "x", message: "y" }]),
      health: fc.constantFrom("healthy", "healthy", "unknown", "degraded", "unhealthy"),
      priority: fc.integer({ min: -1, max: 2 }),
      maxWorkers: fc.constantFrom(0, 1, 2, 3, 4, 6, 2_147_483_647),
      activeWorkers: fc.constantFrom(0, 0, 1, 2, 3, 2_147_483_646),
      preferredRegion: fc.option(region),
      allowedRegions: regions,
      requiredLabels: labels,
      annotations: labels,
      capabilities: fc.record({
        architecture: fc.constantFrom("amd64", "arm64"),
        perWorker: resources(amount),
        total: resources(amount),
      }),
      defaultResources: resources(amount),
      reserved: fc.record({
        cpuMillis: fc.constantFrom(0, 100, 500),
        memoryBytes: fc.constantFrom(0, 100),
        gpu: fc.constantFrom(0, 1),
      }),
      longestRunSeconds: fc.option(fc.constantFrom(60, 900)),
      runsImages: fc.boolean(),
      needsImage: fc.boolean(),
      takesPayload: fc.boolean(),
      hasDefaultImage: fc.boolean(),
      generation: fc.integer({ min: 1, max: 3 }),
    })
    .map((provider) => ({ ...provider, name: `n-${provider.id}` }) as FleetProvider);
}

export const arbitraryFleet: fc.Arbitrary<FleetProvider[]> = fc.uniqueArray(arbitraryProvider(), {
  selector: (provider) => provider.id,
  maxLength: 8,
});

export const arbitraryJob: fc.Arbitrary<Requirements> = fc
  .record({
    resources: resources(amount),
    providerType: some(fc.constantFrom("docker", "process")),
    architecture: some(fc.constantFrom("amd64", "arm64")),
    timeoutSeconds: some(fc.constantFrom(30, 600)),
    hasImage: fc.boolean(),
    hasCommand: fc.constantFrom(true, true, true, false),
    preferredRegion: some(region),
    allowedRegions: regions.map((each) => [...each].sort()),
    requiredLabels: fc.oneof(fc.constant({}), labels),
    requiredAnnotations: fc.oneof(fc.constant({}), fc.constant({}), labels),
    excludedProviders: fc
      .uniqueArray(fc.constantFrom(...PROVIDER_IDS), { maxLength: 2 })
      .map((each) => [...each].sort()),
  })
  .map((job) => ({
    ...job,
    providerType: job.providerType ?? null,
    architecture: job.architecture ?? null,
    timeoutSeconds: job.timeoutSeconds ?? null,
    preferredRegion: job.preferredRegion ?? null,
  }));
