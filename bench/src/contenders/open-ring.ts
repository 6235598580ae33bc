import type { RunOptions } from "../options.ts";
import type { WorkloadResult } from "../result.ts";
import type { Contender } from "./contender.ts";
import { type Arena, openArena } from "./open-arena.ts";
import { openContenders } from "./open-contenders.ts";
import { untilDrained } from "./until-drained.ts";

/** The arena with all contenders in it, each at its best, warm and idle. Who is not measured has nothing to do. */
export interface Ring extends AsyncDisposable {
  readonly arena: Arena;
  readonly contenders: readonly Contender[];
}

/** A workload that all contenders go through, in turns. */
export type Comparison = (ring: Ring, options: RunOptions, say: (line: string) => void) => Promise<WorkloadResult>;

const WARM_JOBS = 3_000;
const WARM_MS = 60_000;

export async function openRing({ only }: RunOptions, say: (line: string) => void): Promise<Ring> {
  await using stack = new AsyncDisposableStack();
  const arena = stack.use(await openArena(say));
  const contenders = await openContenders(arena, only);
  for (const contender of contenders) {
    stack.use(contender);
    const handledBefore = await contender.handled();
    await contender.enqueue(WARM_JOBS);
    const handled = (await untilDrained(contender, handledBefore + WARM_JOBS, WARM_MS)) - handledBefore;
    if (handled < WARM_JOBS) throw new Error(`${contender.name}: ${handled} of ${WARM_JOBS} jobs to get warm by`);
    await contender.delays();
    await contender.settle();
    say(`${contender.name} is warm`);
  }
  const owned = stack.move();
  return { arena, contenders, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
