import fc from "fast-check";
import { expect, test } from "vitest";
import { explain, type FleetProvider, makeFleet, placeNaively, refusalsOf } from "../src/index.ts";
import { arbitraryFleet, arbitraryJob, arbitraryProvider, PROVIDER_IDS } from "./worlds.ts";

const RUNS = 2_000;

test("the fast fleet decides as the rules read", () => {
  fc.assert(
    fc.property(arbitraryFleet, fc.array(arbitraryJob, { minLength: 1, maxLength: 4 }), (providers, jobs) => {
      const fleet = makeFleet(providers);
      for (const job of [...jobs, ...jobs]) expect(fleet.decide(job)).toEqual(placeNaively(job, providers));
    }),
    { numRuns: RUNS },
  );
});

test("and goes on doing so through any history of changes", () => {
  const id = fc.constantFrom(...PROVIDER_IDS);
  const amounts = fc.record({
    cpuMillis: fc.constantFrom(0, 100),
    memoryBytes: fc.constantFrom(0, 100),
    gpu: fc.constantFrom(0, 1),
  });
  const change = fc.oneof(
    arbitraryProvider().map((provider) => ({ kind: "upsert" as const, provider })),
    id.map((each) => ({ kind: "remove" as const, id: each })),
    fc.record({ kind: fc.constant("reserve" as const), id, amounts }),
    fc.record({ kind: fc.constant("release" as const), id, amounts }),
    fc.record({
      kind: fc.constant("load" as const),
      id,
      activeWorkers: fc.integer({ min: 0, max: 4 }),
      reserved: amounts,
    }),
    fc.record({
      kind: fc.constant("health" as const),
      id,
      health: fc.constantFrom("healthy" as const, "degraded" as const, "unhealthy" as const, "unknown" as const),
    }),
  );
  fc.assert(
    fc.property(
      arbitraryFleet,
      fc.array(arbitraryJob, { minLength: 1, maxLength: 3 }),
      fc.array(change, { maxLength: 12 }),
      (providers, jobs, changes) => {
        const fleet = makeFleet(providers);
        for (const each of changes) {
          if (each.kind === "upsert") fleet.upsert(each.provider);
          else if (each.kind === "remove") fleet.remove(each.id);
          else if (each.kind === "health") fleet.setHealth(each.id, each.health);
          else if (each.kind === "load") fleet.setLoad(each.id, each);
          else if (each.kind === "reserve") fleet.reserve(each.id, each.amounts);
          else fleet.release(each.id, each.amounts);
          for (const job of jobs) expect(fleet.decide(job)).toEqual(placeNaively(job, fleet.all()));
        }
        expect(makeFleet(fleet.all()).version).toBe(fleet.version);
      },
    ),
    { numRuns: RUNS },
  );
});

test("the order of the rows never changes the decision", () => {
  fc.assert(
    fc.property(arbitraryJob, arbitraryFleet, fc.infiniteStream(fc.nat()), (job, providers, random) => {
      const shuffled = providers
        .map((provider) => ({ provider, at: random.next().value as number }))
        .sort((a, b) => a.at - b.at);
      expect(
        placeNaively(
          job,
          shuffled.map((each) => each.provider),
        ),
      ).toEqual(placeNaively(job, providers));
    }),
    { numRuns: RUNS },
  );
});

test("who is chosen is eligible, and who is refused has a reason with both sides", () => {
  fc.assert(
    fc.property(arbitraryJob, arbitraryFleet, (job, providers) => {
      const explanation = explain(job, providers, { limit: 100 });
      expect(explanation.providers).toHaveLength(providers.length);
      const { decision } = explanation;
      if (!decision.placed) {
        expect(explanation.eligible).toBe(0);
        expect(explanation.nearestReason === null).toBe(providers.length === 0);
        return;
      }
      const winner = providers.find((provider) => provider.id === decision.providerId) as FleetProvider;
      const wanted = decision.exclusionsDropped ? { ...job, excludedProviders: [] } : job;
      expect(refusalsOf(wanted, winner)).toEqual([]);
      for (const { refusals } of explanation.providers)
        for (const refusal of refusals) expect(refusal.wants && refusal.has).not.toBe("");
    }),
    { numRuns: RUNS },
  );
});

test("the fleet's version moves with health, configuration and full or free, and not with each slot", () => {
  fc.assert(
    fc.property(arbitraryProvider(fc.constant("00000001")), (provider) => {
      const base = { ...provider, maxWorkers: 10, activeWorkers: 2, health: "healthy" as const };
      const fleet = makeFleet([base]);
      const before = fleet.version;
      fleet.reserve(base.id, { cpuMillis: 0, memoryBytes: 0, gpu: 0 });
      expect(fleet.version).toBe(before);
      fleet.setLoad(base.id, { activeWorkers: 10, reserved: base.reserved });
      expect(fleet.version).not.toBe(before);
      fleet.setLoad(base.id, { activeWorkers: 2, reserved: base.reserved });
      expect(fleet.version).toBe(before);
      fleet.setHealth(base.id, "degraded");
      expect(fleet.version).not.toBe(before);
      fleet.upsert({ ...base, configErrors: [{ path: "somewhere", message: "something" }] });
      expect(fleet.version).not.toBe(before);
      fleet.upsert({ ...base, generation: base.generation + 1 });
      expect(fleet.version).not.toBe(before);
    }),
  );
});
