/** Cuts an idle wait short. A wake that comes while nobody waits is kept for the next wait. */
export interface Wake {
  wake(): void;
  /** Resolves when woken, after `ms`, or when the signal aborts; takes the wake with it. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function makeWake(): Wake {
  let isWoken = false;
  let resolveWait: (() => void) | undefined;
  return {
    wake() {
      isWoken = true;
      resolveWait?.();
    },
    async wait(ms, signal) {
      if (!isWoken && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        resolveWait = resolve;
        const timer = setTimeout(resolve, ms);
        signal.addEventListener("abort", resolve as () => void, { once: true });
        await promise;
        clearTimeout(timer);
        signal.removeEventListener("abort", resolve as () => void);
        resolveWait = undefined;
      }
      isWoken = false;
    },
  };
}
