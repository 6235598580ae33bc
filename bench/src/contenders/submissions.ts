import { type Contender, now } from "./contender.ts";

/** Jobs of one call when as many as one likes are made durable. */
const CHUNK = 1_000;

/** A peer's two ways to take a job, each with the moment of its submission: one alone, and many in one call. */
export interface PeerCalls {
  one: (at: number) => Promise<unknown>;
  many: (count: number, at: number) => Promise<unknown>;
}

/** What every peer is submitted by, the same for all. */
export function submissions({ one, many }: PeerCalls): Pick<Contender, "enqueue" | "submit"> {
  return {
    async enqueue(count) {
      const at = now();
      for (let left = count; left > 0; left -= CHUNK) await many(Math.min(left, CHUNK), at);
    },
    async submit(count) {
      if (count === 1) await one(now());
      else await many(count, now());
    },
  };
}
