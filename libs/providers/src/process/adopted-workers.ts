import { watchFolder } from "./watch-folder.ts";
import type { WorkerFolder } from "./worker-folder.ts";

/** Running workers that are no children of ours: their end shows in their folder, or only by their process being gone. */
export interface AdoptedWorkers {
  add(folder: WorkerFolder): void;
  delete(name: string): void;
  close(): void;
}

/** How often they are looked at beside the notices of their folders: one that was killed from outside leaves no file. */
const NET_MS = 1_000;
/** From a worker's record of its exit code to its process being gone. */
const ENDING_MS = 5;
const ENDING_LOOKS = 20;

/** `look` is called whenever something may have happened to that worker. */
export function makeAdoptedWorkers(look: (name: string) => void): AdoptedWorkers {
  const watches = new Map<string, () => void>();
  let timer: NodeJS.Timeout | undefined;

  function remove(name: string): void {
    watches.get(name)?.();
    watches.delete(name);
    if (watches.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  /** Output is no sign of an end; the record of the exit code is, and then the process is soon gone. */
  function heed(name: string, file: string | null, looks = ENDING_LOOKS): void {
    if (file === "exit" && looks > 0 && watches.has(name)) {
      look(name);
      setTimeout(() => heed(name, file, looks - 1), ENDING_MS);
    }
  }

  return {
    add({ name, path }) {
      if (watches.has(name)) return;
      watches.set(
        name,
        watchFolder(path, (file) => heed(name, file)),
      );
      timer ??= setInterval(() => {
        for (const each of [...watches.keys()]) look(each);
      }, NET_MS);
      // It may have ended before the watch began.
      look(name);
    },
    delete: remove,
    close() {
      for (const name of [...watches.keys()]) remove(name);
    },
  };
}
