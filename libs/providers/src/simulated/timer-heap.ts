/** Many delays on one timer: what is due first is on top of a binary heap. */
export interface TimerHeap {
  after(ms: number, run: () => void): void;
  clear(): void;
}

interface Entry {
  at: number;
  run: () => void;
}

export function makeTimerHeap(): TimerHeap {
  const heap: Entry[] = [];
  let timer: NodeJS.Timeout | undefined;

  function arm(): void {
    clearTimeout(timer);
    const [first] = heap;
    if (first) timer = setTimeout(fire, Math.max(0, first.at - performance.now()));
  }

  function fire(): void {
    const now = performance.now();
    for (let first = heap[0]; first && first.at <= now; first = heap[0]) {
      pop();
      first.run();
    }
    arm();
  }

  function swap(i: number, j: number): void {
    const [a, b] = [heap[i], heap[j]];
    if (a && b) [heap[i], heap[j]] = [b, a];
  }

  const at = (i: number): number => heap[i]?.at ?? Number.POSITIVE_INFINITY;

  function pop(): void {
    const last = heap.pop();
    if (heap.length === 0 || !last) return;
    heap[0] = last;
    for (let i = 0; ; ) {
      const child = at(2 * i + 1) <= at(2 * i + 2) ? 2 * i + 1 : 2 * i + 2;
      if (at(child) >= at(i)) return;
      swap(i, child);
      i = child;
    }
  }

  return {
    after(ms, run) {
      heap.push({ at: performance.now() + ms, run });
      let i = heap.length - 1;
      for (let parent = (i - 1) >> 1; i > 0 && at(parent) > at(i); parent = (i - 1) >> 1) {
        swap(i, parent);
        i = parent;
      }
      if (i === 0) arm();
    },
    clear() {
      clearTimeout(timer);
      heap.length = 0;
    },
  };
}
