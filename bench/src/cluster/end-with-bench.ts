const ends = new Set<() => void>();

/** Runs `end` when this process ends before it was disposed of, so that nothing it started is left behind. Has to be synchronous. */
export function endWithBench(end: () => void): Disposable {
  if (ends.size === 0) process.on("exit", endAll);
  ends.add(end);
  return {
    [Symbol.dispose]() {
      ends.delete(end);
      if (ends.size === 0) process.off("exit", endAll);
    },
  };
}

function endAll(): void {
  for (const end of ends) end();
}
