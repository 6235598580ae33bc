/** Calls `run` soon, once for all that was asked for in between; a page is not drawn more often than it can be read. */
export function gather(run: () => void, ms = 100): { soon: () => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    soon() {
      timer ??= setTimeout(() => {
        timer = undefined;
        run();
      }, ms);
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
