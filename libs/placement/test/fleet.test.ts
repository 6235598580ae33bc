import fc from "fast-check";
import { expect, test } from "vitest";
import { classKey, type Fleet, type FleetProvider, makeFleet, placeNaively, type Requirements } from "../src/index.ts";
import { arbitraryJob, arbitraryProvider } from "./worlds.ts";

const IDS = Array.from({ length: 40 }, (_, i) => `provider-${i}`);
const AMOUNTS = { cpuMillis: 100, memoryBytes: 100, gpu: 0 };

type Change = (fleet: Fleet) => void;
const id = fc.constantFrom(...IDS);
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 4, arbitrary: id.map((each) => (fleet: Fleet) => fleet.reserve(each, AMOUNTS)) },
  { weight: 4, arbitrary: id.map((each) => (fleet: Fleet) => fleet.release(each, AMOUNTS)) },
  { weight: 2, arbitrary: arbitraryProvider(id).map((provider) => (fleet: Fleet) => fleet.upsert(provider)) },
  { weight: 1, arbitrary: id.map((each) => (fleet: Fleet) => fleet.remove(each)) },
);

function expectExact(fleet: Fleet, job: Requirements): void {
  expect(fleet.decide(job, classKey(job))).toEqual(placeNaively(job, fleet.all()));
}

/** A job that failed at some of these providers. */
const job = fc
  .tuple(arbitraryJob, fc.uniqueArray(id, { maxLength: 3 }))
  .map(([each, failedAt]): Requirements => ({ ...each, excludedProviders: failedAt.sort() }));

test("a fleet that grows, shrinks and reuses what was freed decides as the rules read and as one made anew, for a class that is asked for often or seldom", () => {
  fc.assert(
    fc.property(
      fc.tuple(job, job, job),
      fc.array(change, { minLength: 20, maxLength: 200 }),
      ([often, seldom, atTheEnd], changes) => {
        const fleet = makeFleet();
        expectExact(fleet, atTheEnd);
        changes.forEach((apply, i) => {
          apply(fleet);
          expectExact(fleet, often);
          if (i % 37 === 0) expectExact(fleet, seldom);
        });
        expectExact(fleet, atTheEnd);
        const fresh = makeFleet(fleet.all());
        for (const each of [often, seldom, atTheEnd]) expect(fleet.decide(each)).toEqual(fresh.decide(each));
        expect(fresh.version).toBe(fleet.version);
      },
    ),
    { numRuns: 200 },
  );
});

test("a class that was not asked for through ten thousand changes decides as the rules read", () => {
  const [first, second] = fc.sample(arbitraryProvider(), { numRuns: 2, seed: 7 }) as [FleetProvider, FleetProvider];
  const open = { status: "ACTIVE", configErrors: [], health: "healthy", maxWorkers: 1_000_000, priority: 0 } as const;
  const job: Requirements = {
    resources: {},
    providerType: null,
    architecture: null,
    timeoutSeconds: null,
    hasImage: true,
    hasCommand: true,
    preferredRegion: null,
    allowedRegions: [],
    requiredLabels: {},
    requiredAnnotations: {},
    excludedProviders: [],
  };
  const fleet = makeFleet([
    { ...first, ...open, id: "a", name: "a", activeWorkers: 0, runsImages: true },
    { ...second, ...open, id: "b", name: "b", activeWorkers: 0, runsImages: true },
  ]);
  for (let i = 0; i < 10_000; i += 1) {
    if (i % 4_000 === 0) expectExact(fleet, job);
    fleet.reserve(i % 3 === 0 ? "a" : "b", AMOUNTS);
  }
  expectExact(fleet, job);
});

test("what a caller does to its own provider afterwards does not reach the fleet", () => {
  const [given] = fc.sample(arbitraryProvider(), { numRuns: 1, seed: 1 }) as [FleetProvider];
  const fleet = makeFleet([given]);
  const before = structuredClone(fleet.get(given.id));
  given.activeWorkers += 1;
  given.reserved.cpuMillis += 1;
  expect(fleet.get(given.id)).toEqual(before);
});
