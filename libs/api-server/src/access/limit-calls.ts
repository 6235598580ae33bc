import { Code, ConnectError } from "@connectrpc/connect";

/** What one principal may ask of the API. */
export interface Limits {
  /** Calls per second, over time; twice as many at once. */
  callsPerSecond: number;
  /** Calls under way at the same time, streams among them. */
  callsAtOnce: number;
  /** How long who asked may take nothing of the answer that waits for him. */
  stalledSeconds: number;
}

/** Counts calls by who makes them; in memory, each registry its own. */
export interface CallLimiter {
  /** One more call. @throws RESOURCE_EXHAUSTED with retry-after */
  take(who: string): void;
  /** A call that goes on. Call what it returns when it is over. @throws RESOURCE_EXHAUSTED */
  begin(who: string): () => void;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** Buckets kept; the one that was used longest ago is forgotten first, and is full again then. */
const MOST_BUCKETS = 10_000;
const BURST_SECONDS = 2;

export function makeCallLimiter({ callsPerSecond, callsAtOnce }: Omit<Limits, "stalledSeconds">): CallLimiter {
  const buckets = new Map<string, Bucket>();
  const underWay = new Map<string, number>();
  /** What is in the bucket now. */
  const filled = (who: string) => {
    const full = callsPerSecond * BURST_SECONDS;
    const bucket = buckets.get(who);
    return bucket
      ? Math.min(full, bucket.tokens + ((performance.now() - bucket.filledAt) / 1000) * callsPerSecond)
      : full;
  };
  const check = (who: string) => {
    const tokens = filled(who);
    if (tokens >= 1) return tokens;
    const seconds = Math.max(1, Math.ceil((1 - tokens) / callsPerSecond));
    throw new ConnectError(
      `${who} makes more than ${callsPerSecond} calls per second; wait ${seconds} s, or have HODEI_RATE_LIMIT raised`,
      Code.ResourceExhausted,
      { "retry-after": String(seconds) },
    );
  };
  return {
    take(who) {
      const tokens = check(who) - 1;
      buckets.delete(who);
      buckets.set(who, { tokens, filledAt: performance.now() });
      if (buckets.size > MOST_BUCKETS) buckets.delete(buckets.keys().next().value ?? "");
    },
    begin(who) {
      const count = underWay.get(who) ?? 0;
      if (count >= callsAtOnce)
        throw new ConnectError(
          `${who} has ${count} calls under way; end some, or have HODEI_MAX_CALLS_AT_ONCE raised`,
          Code.ResourceExhausted,
          { "retry-after": "1" },
        );
      underWay.set(who, count + 1);
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        const left = (underWay.get(who) ?? 1) - 1;
        if (left > 0) underWay.set(who, left);
        else underWay.delete(who);
      };
    },
  };
}
