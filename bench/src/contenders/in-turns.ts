import type { Contender } from "./contender.ts";

/** Turns of each contender: every round goes through all of them, so that a slow minute of the machine is nobody's alone. */
export async function inTurns<T>(
  contenders: readonly Contender[],
  rounds: number,
  turn: (contender: Contender, round: number) => Promise<T>,
): Promise<Map<Contender, T[]>> {
  const turns = new Map(contenders.map((contender) => [contender, [] as T[]]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const [contender, taken] of turns) taken.push(await turn(contender, round));
  }
  return turns;
}
