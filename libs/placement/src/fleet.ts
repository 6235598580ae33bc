import type { HealthState, Resources } from "@hodei/contracts";
import type { Decision } from "./decision.ts";
import type { FleetProvider } from "./fleet-provider.ts";
import { placeNaively } from "./place-naively.ts";
import type { Requirements } from "./requirements.ts";

/** The providers in memory, decided on without I/O. */
export interface Fleet {
  upsert(provider: FleetProvider): void;
  remove(id: string): void;
  get(id: string): FleetProvider | undefined;
  all(): FleetProvider[];
  setLoad(id: string, load: { activeWorkers: number; reserved: Required<Resources> }): void;
  setHealth(id: string, health: HealthState): void;
  reserve(id: string, amounts: Required<Resources>): void;
  release(id: string, amounts: Required<Resources>): void;
  decide(requirements: Requirements, classKey?: string): Decision;
  readonly version: string;
}

export function makeFleet(initial: readonly FleetProvider[] = []): Fleet {
  const providers = new Map(initial.map((provider) => [provider.id, provider]));
  const change = (id: string, patch: (provider: FleetProvider) => Partial<FleetProvider>) => {
    const provider = providers.get(id);
    if (provider) providers.set(id, { ...provider, ...patch(provider) });
  };
  const shift = (id: string, amounts: Required<Resources>, sign: 1 | -1) =>
    change(id, ({ activeWorkers, reserved }) => ({
      activeWorkers: activeWorkers + sign,
      reserved: {
        cpuMillis: reserved.cpuMillis + sign * amounts.cpuMillis,
        memoryBytes: reserved.memoryBytes + sign * amounts.memoryBytes,
        gpu: reserved.gpu + sign * amounts.gpu,
      },
    }));
  return {
    upsert: (provider) => void providers.set(provider.id, provider),
    remove: (id) => void providers.delete(id),
    get: (id) => providers.get(id),
    all: () => [...providers.values()],
    setLoad: (id, { activeWorkers, reserved }) => change(id, () => ({ activeWorkers, reserved })),
    setHealth: (id, health) => change(id, () => ({ health })),
    reserve: (id, amounts) => shift(id, amounts, 1),
    release: (id, amounts) => shift(id, amounts, -1),
    decide: (requirements) => placeNaively(requirements, [...providers.values()]),
    get version() {
      return [...providers.values()]
        .map((p) => `${p.id.slice(0, 8)}.${p.generation}.${p.status}.${p.health}.${p.activeWorkers >= p.maxWorkers}`)
        .sort()
        .join(" ");
    },
  };
}
