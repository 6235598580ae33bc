// @ts-check
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readdir, rm, writeFile } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export const apiVersion = 1;

/** @type {import("@hodei/providers/plugin").MakePlugin} */
export default (hodei) => ({
  types: [
    hodei.defineType({
      type: "nice",
      traits: { runsImages: false, needsImage: false, takesPayload: false, isPerMachine: true },
      config: hodei.z.strictObject({ niceness: hodei.fields.WholeNumber(0, 19).default(10) }),
      open: ({ niceness }, context) => openProvider(hodei, niceness, join(context.stateDirectory, context.clusterId)),
    }),
  ],
});

/**
 * Runs "$@" once, whoever starts it: only one can make `pid` (set -C). A stop that came first is heeded. The exit code is written down, so
 * that it is known whoever asks. The script sets no variable: one of the job's could have its name.
 */
const WRAPPER = `set -C; echo $$ 2>/dev/null > "$0/pid" || exit 0; set +C
trap : TERM
if [ -e "$0/stopped" ]; then echo 143 > "$0/exit"; exit; fi
"$@" > "$0/stdout" 2> "$0/stderr" < /dev/null
echo $? > "$0/exit.new"; mv "$0/exit.new" "$0/exit"`;

/**
 * @param {import("@hodei/providers/plugin").PluginApi} hodei
 * @param {number} niceness
 * @param {string} directory
 * @returns {import("@hodei/providers/plugin").Provider}
 */
function openProvider(hodei, niceness, directory) {
  /** @param {string} name @param {string} file */
  const fileOf = (name, file) => join(directory, name, file);

  /** What became of a worker; undefined when there is none. @param {string} name */
  async function look(name) {
    const pid = Number(await read(fileOf(name, "pid")));
    if (!pid) return undefined;
    const isAlive = signalGroup(pid, 0);
    // Only now: it may have ended between the two looks.
    const exit = await read(fileOf(name, "exit"));
    const isStopped = (await read(fileOf(name, "stopped"))) !== undefined;
    const state = isAlive && exit === undefined ? /** @type {const} */ ("running") : /** @type {const} */ ("exited");
    const exitCode = exit === undefined ? (isStopped ? 137 : undefined) : Number(exit);
    return { pid, state, exitCode, handle: { name, resourceId: String(pid), state, adopted: true } };
  }

  async function names() {
    await mkdir(directory, { recursive: true });
    return await readdir(directory);
  }

  return {
    async check() {
      await names();
      const machine = { cpuMillis: availableParallelism() * 1000, memoryBytes: totalmem() };
      return { state: "healthy", capabilities: { perWorker: machine, total: machine } };
    },

    async start({ name, job, env }, signal) {
      const known = await look(name);
      if (known) return known.handle;
      if (!job.command) throw new hodei.StartError("CONFIG_INVALID", "a worker of this type needs a command");
      await mkdir(join(directory, name), { recursive: true });
      signal.throwIfAborted();
      const args = ["-n", String(niceness), "sh", "-c", WRAPPER, join(directory, name), ...job.command];
      const child = spawn("nice", args, {
        env: { PATH: process.env["PATH"], ...env },
        detached: true,
        stdio: "ignore",
      });
      child.unref();
      await once(child, "spawn");
      for (;;) {
        const begun = await look(name);
        if (begun) return { ...begun.handle, adopted: begun.pid !== child.pid };
        await sleep(5, undefined, { signal });
      }
    },

    async *watch(signal) {
      const told = new Set();
      while (!signal.aborted) {
        for (const name of await names()) {
          const found = told.has(name) ? undefined : await look(name);
          if (found?.state !== "exited") continue;
          told.add(name);
          const { handle, exitCode } = found;
          const lost = {
            code: /** @type {const} */ ("WORKER_LOST"),
            detail: "the process ended and left no exit code",
          };
          yield { ...handle, at: new Date(), ...(exitCode === undefined ? { failure: lost } : { exitCode }) };
        }
        await sleep(50);
      }
    },

    async *logs(name, position, signal) {
      const streams = [
        { stream: /** @type {const} */ ("stdout"), offset: position.stdout ?? 0, data: Buffer.alloc(0) },
        { stream: /** @type {const} */ ("stderr"), offset: position.stderr ?? 0, data: Buffer.alloc(0) },
      ];
      while (!signal.aborted) {
        const hasEnded = (await look(name))?.state !== "running";
        let more = 0;
        for (const pending of streams) {
          const bytes = await readFrom(fileOf(name, pending.stream), pending.offset + pending.data.length);
          more += bytes.length;
          pending.data = Buffer.concat([pending.data, bytes]);
          yield* hodei.takeLines(pending.stream, pending, hasEnded && bytes.length === 0);
        }
        if (hasEnded && more === 0) return;
        if (more === 0) await sleep(50);
      }
    },

    async stop(name, graceSeconds) {
      if (!(await names()).includes(name)) return;
      // First, so that a start that is under way sees it; then it is looked for.
      await writeFile(fileOf(name, "stopped"), "yes");
      const found = await look(name);
      if (found?.state !== "running") return;
      signalGroup(found.pid, "SIGTERM");
      const killAt = performance.now() + graceSeconds * 1000;
      while (performance.now() < killAt && (await look(name))?.state === "running") await sleep(20);
      signalGroup(found.pid, "SIGKILL");
    },

    async remove(name) {
      if ((await look(name))?.state === "running") return;
      await rm(join(directory, name), { recursive: true, force: true });
    },

    async list() {
      const found = await Promise.all((await names()).map(look));
      return found.flatMap((each) => (each ? [each.handle] : []));
    },

    // Workers go on without us: whoever opens the provider next finds them.
    async [Symbol.asyncDispose]() {},
  };
}

/** Signals a worker's whole group; false when it is gone. @param {number} pid @param {NodeJS.Signals | 0} signal */
function signalGroup(pid, signal) {
  try {
    return process.kill(-pid, signal);
  } catch {
    // There is no such group: that is the answer.
    return false;
  }
}

/** The text of a small file; undefined when it is not there, or empty. @param {string} path */
async function read(path) {
  return (await readFrom(path, 0)).toString() || undefined;
}

/** At most 64 KiB of a file from there on; nothing when it is not there. @param {string} path @param {number} offset */
async function readFrom(path, offset) {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(65_536), 0, 65_536, offset);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ENOENT") throw error;
    return Buffer.alloc(0);
  }
}
