import type { HealthState, Resources } from "@hodei/contracts";
import { type ClassRanking, makeClassRanking } from "./class-ranking.ts";
import type { Decision } from "./decision.ts";
import type { FleetProvider } from "./fleet-provider.ts";
import { configurationOf, makeSlot, type Slot } from "./fleet-slot.ts";
import { hashState, makeFleetVersion } from "./fleet-version.ts";
import { rankKeyOf } from "./rank.ts";
import { classKey as classKeyOf, type Requirements } from "./requirements.ts";
import { makeTraitIndex } from "./trait-index.ts";

/** The providers in memory, decided on without I/O, with exactly the answers of `placeNaively` (design §4). */
export interface Fleet {
  upsert(provider: FleetProvider): void;
  remove(id: string): void;
  /** The provider as it stands; its load and health move on in this very object. */
  get(id: string): Readonly<FleetProvider> | undefined;
  all(): FleetProvider[];
  setLoad(id: string, load: { activeWorkers: number; reserved: Required<Resources> }): void;
  setHealth(id: string, health: HealthState): void;
  reserve(id: string, amounts: Required<Resources>): void;
  release(id: string, amounts: Required<Resources>): void;
  /** `classKey`: anything that is equal for equal requirements and no others; worked out where it is not given. */
  decide(requirements: Requirements, classKey?: string): Decision;
  /** Equal for fleets that explain a decision equally: same configurations, same health, same providers full. */
  readonly version: string;
}

const FIRST_CAPACITY = 16;
/** Changes remembered for rankings that are behind; one further behind is made anew. */
const REMEMBERED_CHANGES = 4_096;
/** Catching up with more changes than this for each slot costs more than ranking all of them. */
const CHANGES_PER_SLOT = 16;
/** Tree nodes over all rankings (4 bytes each): beyond it the class that was asked for longest ago is forgotten. */
const MAX_NODES = 16_000_000;

/** Each requirement class has its providers ranked, and catches up with what changed since it was last asked. */
export function makeFleet(initial: readonly FleetProvider[] = []): Fleet {
  const byId = new Map<string, Slot>();
  const slots: (Slot | undefined)[] = [];
  const unused: number[] = [];
  const traits = makeTraitIndex();
  const rankings = new Map<string, ClassRanking>();
  const changed: (Slot | undefined)[] = new Array<Slot | undefined>(REMEMBERED_CHANGES).fill(undefined);
  const version = makeFleetVersion();
  let changes = 0;
  let capacity = FIRST_CAPACITY;

  function noteChange(slot: Slot): void {
    changes += 1;
    changed[changes % REMEMBERED_CHANGES] = slot;
  }

  function refreshVersion(slot: Slot): void {
    const { health, activeWorkers, maxWorkers } = slot.provider;
    version.remove(slot.versionWords);
    slot.versionWords = hashState(slot.configurationHash, health, activeWorkers >= maxWorkers);
    version.add(slot.versionWords);
  }

  function add(provider: FleetProvider, configuration: string): void {
    const index = unused.pop() ?? slots.length;
    if (index >= capacity) {
      while (index >= capacity) capacity *= 2;
      rankings.clear();
    }
    const slot = makeSlot(index, provider, configuration, changes + 1);
    slots[index] = slot;
    byId.set(provider.id, slot);
    traits.add(index, slot.provider);
    noteChange(slot);
    version.add(slot.versionWords);
    refreshVersion(slot);
  }

  function replace(slot: Slot, provider: FleetProvider, configuration: string): void {
    version.remove(slot.versionWords);
    traits.remove(slot.index, slot.provider);
    traits.add(slot.index, provider);
    const next = makeSlot(slot.index, provider, configuration, changes + 1);
    slots[slot.index] = next;
    byId.set(provider.id, next);
    noteChange(next);
    refreshVersion(next);
  }

  function setLoad(slot: Slot, activeWorkers: number, cpuMillis: number, memoryBytes: number, gpu: number): void {
    const { provider } = slot;
    const wasFull = provider.activeWorkers >= provider.maxWorkers;
    provider.activeWorkers = activeWorkers;
    provider.reserved.cpuMillis = cpuMillis;
    provider.reserved.memoryBytes = memoryBytes;
    provider.reserved.gpu = gpu;
    slot.utilisation = activeWorkers / provider.maxWorkers;
    if (wasFull !== activeWorkers >= provider.maxWorkers) refreshVersion(slot);
    noteChange(slot);
  }

  function setHealth(slot: Slot, health: HealthState): void {
    if (slot.provider.health === health) return;
    slot.provider.health = health;
    refreshVersion(slot);
    noteChange(slot);
  }

  function shift(id: string, amounts: Required<Resources>, sign: 1 | -1): void {
    const slot = byId.get(id);
    if (!slot) return;
    const { activeWorkers, reserved } = slot.provider;
    setLoad(
      slot,
      activeWorkers + sign,
      reserved.cpuMillis + sign * amounts.cpuMillis,
      reserved.memoryBytes + sign * amounts.memoryBytes,
      reserved.gpu + sign * amounts.gpu,
    );
  }

  function rankingOf(requirements: Requirements, key: string): ClassRanking {
    const known = rankings.get(key);
    const most = Math.max(1, Math.floor(MAX_NODES / (2 * capacity)));
    if (known && rankings.size * 2 > most) {
      rankings.delete(key);
      rankings.set(key, known);
    }
    const behind = known ? changes - known.seenUpTo : Number.POSITIVE_INFINITY;
    if (!known || behind > Math.min(REMEMBERED_CHANGES, capacity * CHANGES_PER_SLOT)) {
      const made = makeClassRanking(requirements, { slots, traits, capacity, changes });
      rankings.set(key, made);
      if (rankings.size > most) rankings.delete(rankings.keys().next().value ?? "");
      return made;
    }
    for (let change = known.seenUpTo + 1; change <= changes; change += 1) {
      const slot = changed[change % REMEMBERED_CHANGES];
      // A slot may have another provider by now: the latest counts, and is looked at again harmlessly when its own turn comes.
      const current = slot && (slots[slot.index] ?? slot);
      if (current) known.update(current);
    }
    known.seenUpTo = changes;
    return known;
  }

  const fleet: Fleet = {
    upsert(provider) {
      const configuration = configurationOf(provider);
      const slot = byId.get(provider.id);
      if (!slot) return add(provider, configuration);
      if (slot.configuration !== configuration) return replace(slot, provider, configuration);
      setHealth(slot, provider.health);
      const { cpuMillis, memoryBytes, gpu } = provider.reserved;
      return setLoad(slot, provider.activeWorkers, cpuMillis, memoryBytes, gpu);
    },
    remove(id) {
      const slot = byId.get(id);
      if (!slot) return;
      byId.delete(id);
      slots[slot.index] = undefined;
      unused.push(slot.index);
      traits.remove(slot.index, slot.provider);
      slot.isGone = true;
      slot.configuredAt = changes + 1;
      version.remove(slot.versionWords);
      noteChange(slot);
    },
    get: (id) => byId.get(id)?.provider,
    all: () => [...byId.values()].map((slot) => slot.provider),
    setLoad(id, { activeWorkers, reserved }) {
      const slot = byId.get(id);
      if (slot) setLoad(slot, activeWorkers, reserved.cpuMillis, reserved.memoryBytes, reserved.gpu);
    },
    setHealth(id, health) {
      const slot = byId.get(id);
      if (slot) setHealth(slot, health);
    },
    reserve: (id, amounts) => shift(id, amounts, 1),
    release: (id, amounts) => shift(id, amounts, -1),
    decide(requirements, key) {
      const winner = rankingOf(...withoutExclusions(requirements, key)).winner(requirements.excludedProviders);
      if (!winner) return { placed: false };
      const { step, exclusionsDropped, slot } = winner;
      return { placed: true, providerId: slot.provider.id, step, rank: rankKeyOf(slot.provider), exclusionsDropped };
    },
    get version() {
      return version.text;
    },
  };
  for (const provider of initial) fleet.upsert(provider);
  return fleet;
}

/** Jobs that failed somewhere share one ranking, wherever it was: which providers are excluded is asked of it. */
function withoutExclusions(requirements: Requirements, key: string | undefined): [Requirements, string] {
  if (requirements.excludedProviders.length === 0) return [requirements, key ?? classKeyOf(requirements)];
  const anybody = { ...requirements, excludedProviders: [] };
  return [anybody, classKeyOf(anybody)];
}
