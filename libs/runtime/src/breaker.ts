export interface BreakerOptions {
  /** Failures in a row that open it; default 5. */
  failureThreshold?: number;
  /** How long it stays open before one call is let through; default 10,000. */
  openMs?: number;
  /** Which errors count; default all. What does not count passes through and changes nothing. */
  counts?: (error: unknown) => boolean;
  onChange?: (state: Breaker["state"]) => void;
}

/** Thrown instead of calling while the breaker is open. */
export class BreakerOpenError extends Error {
  readonly code = "BREAKER_OPEN";
  /** When a call may be let through again. */
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super(`not called: it failed several times in a row and is tried again in ${Math.ceil(retryAfterMs / 1000)} s`);
    this.name = "BreakerOpenError";
    this.retryAfterMs = retryAfterMs;
  }
}

/** Circuit breaker: a dependency that fails again and again is left alone for a while (design I7). */
export interface Breaker {
  readonly state: "closed" | "open" | "half-open";
  /** @throws BreakerOpenError without calling, else what `call` throws */
  run<T>(call: () => Promise<T>): Promise<T>;
}

/** Modes: closed (calls pass; `failureThreshold` failures in a row open it) → open (nothing passes for `openMs`) →
 *  half-open (one call passes: success closes it, failure opens it again). */
export function makeBreaker({
  failureThreshold = 5,
  openMs = 10_000,
  counts = () => true,
  onChange,
}: BreakerOptions = {}): Breaker {
  let state: Breaker["state"] = "closed";
  let failures = 0;
  let openUntil = 0;

  function become(next: Breaker["state"]): void {
    if (next === state) return;
    state = next;
    onChange?.(next);
  }

  function admit(): void {
    if (state === "closed") return;
    const waitMs = openUntil - performance.now();
    if (state === "half-open" || waitMs > 0) throw new BreakerOpenError(Math.max(waitMs, 0));
    become("half-open");
  }

  return {
    get state() {
      return state;
    },
    async run(call) {
      admit();
      const wasTrial = state === "half-open";
      try {
        const result = await call();
        // A call that began before the breaker opened says nothing about now.
        if (wasTrial || state === "closed") {
          failures = 0;
          become("closed");
        }
        return result;
      } catch (error) {
        if (!counts(error)) {
          // The dependency answered, so it is there.
          if (wasTrial) {
            failures = 0;
            become("closed");
          }
        } else if (wasTrial || (state === "closed" && ++failures >= failureThreshold)) {
          openUntil = performance.now() + openMs;
          become("open");
        }
        throw error;
      }
    },
  };
}
