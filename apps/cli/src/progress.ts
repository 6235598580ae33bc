import spinner from "yocto-spinner";

/** What is going on, while nothing else is to be seen. */
export interface Progress extends Disposable {
  say: (what: string) => void;
  /** Makes room for what is printed from now on. */
  stop: () => void;
}

/** Turns on a terminal; in a pipe or a log it shows nothing, for nobody waits there. */
export function startProgress(text: string): Progress {
  if (!process.stderr.isTTY || process.env["CI"]) return SILENT;
  const turning = spinner({ text, stream: process.stderr }).start();
  let isOver = false;
  const stop = () => {
    if (!isOver) turning.stop();
    isOver = true;
  };
  return {
    say(what) {
      if (!isOver) turning.text = what;
    },
    stop,
    [Symbol.dispose]: stop,
  };
}

const nothing = () => undefined;
const SILENT: Progress = { say: nothing, stop: nothing, [Symbol.dispose]: nothing };
