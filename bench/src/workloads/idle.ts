import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds } from "../cluster/cpu-seconds.ts";
import { residentMb } from "../cluster/memory.ts";
import { arenaSettings } from "../contenders/arena-settings.ts";
import type { Comparison } from "../contenders/open-ring.ts";

const IDLE_MS = 10_000;

/** Nothing to do, for a while: what each process costs in that time, all contenders at once. */
export const idle: Comparison = async (ring) => {
  const pids = new Map(
    ring.contenders.flatMap(({ variant, name, pids }) =>
      [...pids].map(([process, pid]) => {
        const isShared = pid === ring.arena.postgres[1] || process === "redis";
        return [isShared ? `${process}, of all` : `${variant === "Hodei" ? variant : name}: ${process}`, pid] as const;
      }),
    ),
  );
  const before = cpuSeconds(pids);
  const begun = performance.now();
  await sleep(IDLE_MS);
  const seconds = (performance.now() - begun) / 1000;
  const after = cpuSeconds(pids);
  const share = (name: string) => (((after.get(name) ?? 0) - (before.get(name) ?? 0)) / seconds) * 100;
  const ofHodei = [...pids.keys()].filter((name) => name.startsWith("Hodei: "));
  return {
    workload: "idle",
    settings: { time: `${IDLE_MS / 1000} s`, ...arenaSettings(ring.arena, ring.contenders) },
    measures: [
      ...(ofHodei.length > 0
        ? [
            {
              name: "CPU of Hodei's services and NATS",
              value: ofHodei.reduce((sum, name) => sum + share(name), 0),
              unit: "% of a core",
              beside: "aim < 2",
            },
          ]
        : []),
      ...[...pids].flatMap(([name, pid]) => [
        { name: `CPU of ${name}`, value: share(name), unit: "% of a core" },
        { name: `memory of ${name}`, value: residentMb(pid), unit: "MB" },
      ]),
    ],
  };
};
