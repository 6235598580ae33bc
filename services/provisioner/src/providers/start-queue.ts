/** Starts of one provider: so many at once, the rest in order (design I7). */
export interface StartQueue {
  add(start: () => Promise<void>): void;
  readonly size: number;
}

/** `start` must not reject: it reports its own failures. */
export function makeStartQueue(concurrency: number): StartQueue {
  const waiting: (() => Promise<void>)[] = [];
  let running = 0;

  function pump(): void {
    while (running < concurrency) {
      const start = waiting.shift();
      if (!start) return;
      running += 1;
      void start().finally(() => {
        running -= 1;
        pump();
      });
    }
  }

  return {
    add(start) {
      waiting.push(start);
      pump();
    },
    get size() {
      return waiting.length + running;
    },
  };
}
