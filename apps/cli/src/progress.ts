import spinner from "yocto-spinner";
import { say } from "./print.ts";

/** What is going on, while nothing else is to be seen. */
export interface Progress extends Disposable {
  /** What goes on now. */
  now: (what: string) => void;
  /** Something to keep; it goes on below. */
  say: (line: string) => void;
  /** Makes room for what is printed from now on. */
  stop: () => void;
}

/** Turns on a terminal; in a pipe or a log only what is to be kept is shown, for nobody waits there. */
export function startProgress(text: string): Progress {
  if (!process.stderr.isTTY || process.env["CI"]) return QUIET;
  const turning = spinner({ text, stream: process.stderr }).start();
  let isOver = false;
  const stop = () => {
    if (!isOver) turning.stop();
    isOver = true;
  };
  return {
    now(what) {
      if (!isOver) turning.text = what;
    },
    say(line) {
      if (!isOver) turning.clear();
      say(line);
    },
    stop,
    [Symbol.dispose]: stop,
  };
}

const nothing = () => undefined;
const QUIET: Progress = { now: nothing, say, stop: nothing, [Symbol.dispose]: nothing };
