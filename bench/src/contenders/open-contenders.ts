import { openBullmq } from "./bullmq.ts";
import type { Contender } from "./contender.ts";
import type { Flavour } from "./flavour.ts";
import { openGraphileWorker } from "./graphile-worker.ts";
import { addSimulatedProviders, openHodei } from "./hodei.ts";
import type { Arena } from "./open-arena.ts";
import { openPgBoss } from "./pg-boss.ts";

type Open = (arena: Arena, flavour: Flavour) => Promise<Contender>;

const HODEI = "hodei";
const PEERS: Readonly<Record<string, Open>> = {
  "graphile-worker": openGraphileWorker,
  "pg-boss": openPgBoss,
  bullmq: openBullmq,
};
/** What `--only` takes. */
export const CONTENDERS = [HODEI, ...Object.keys(PEERS)];

export const TUNED: readonly Flavour[] = [1, 2].map((processes) => ({ tuned: true, processes }));
export const DEFAULTS: readonly Flavour[] = [1, 2].map((processes) => ({ tuned: false, processes }));

/** Hodei, and its peers at their best. */
export async function openContenders(
  arena: Arena,
  only: readonly string[],
  flavours: readonly Flavour[] = TUNED,
): Promise<Contender[]> {
  const hodei: Contender[] = [];
  if (isWanted(HODEI, only)) {
    await addSimulatedProviders(arena.cluster);
    hodei.push(await openHodei(arena.cluster));
  }
  return [...hodei, ...(await openPeers(arena, only, flavours))];
}

/** Each peer once for each flavour, all of them ready for jobs. */
export async function openPeers(
  arena: Arena,
  only: readonly string[],
  flavours: readonly Flavour[],
): Promise<Contender[]> {
  const peers: Contender[] = [];
  for (const [name, open] of Object.entries(PEERS)) {
    if (!isWanted(name, only)) continue;
    for (const flavour of flavours) peers.push(await open(arena, flavour));
  }
  return peers;
}

function isWanted(name: string, only: readonly string[]): boolean {
  return only.length === 0 || only.includes(name);
}
