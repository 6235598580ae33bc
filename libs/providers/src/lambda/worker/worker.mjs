// Hodei's worker on the nodejs* runtimes of AWS Lambda: runs the command of an event and answers how it ended. The event:
//   {"hodei":1,"timeout_ms":N,"argv":"base64 of the words, each ended by NUL","env":"base64 of NAME=value, each ended by NUL"}
// The command is started as it stands, never by a shell. What it writes goes to the function's log and, its last part, into the answer.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Of each stream; both as base64 stay below the 6 MB that an answer may have. */
const KEPT = 2_000_000;
/** Left for the answer before Lambda itself ends the function. */
const MARGIN_MS = 1500;
/** Exit codes as a shell gives them. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
const SIGNALLED = 128;
const SIGNALS = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
};

export async function handler(event, context) {
  const argv = words(event?.argv);
  if (event?.hodei !== 1 || argv.length === 0) {
    const error = new Error("the event is none of Hodei: it has no hodei, argv and env as this worker reads them");
    error.name = "Hodei.NoCommand";
    throw error;
  }
  const limitMs = Math.max(1, Math.min(event.timeout_ms ?? 900_000, context.getRemainingTimeInMillis() - MARGIN_MS));
  const cwd = await mkdtemp(join(tmpdir(), "hodei-"));
  try {
    return await run(argv, environment(words(event.env)), cwd, limitMs);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

async function run([program, ...args], env, cwd, limitMs) {
  const stdout = makeTail(process.stdout);
  const stderr = makeTail(process.stderr);
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.on("data", (chunk) => stdout.add(chunk));
  child.stderr.on("data", (chunk) => stderr.add(chunk));
  let timedOut = false;
  let kill;
  const timer = setTimeout(() => {
    timedOut = true;
    endGroup(child.pid, "SIGTERM");
    kill = setTimeout(() => endGroup(child.pid, "SIGKILL"), 1000);
  }, limitMs);
  const closed = new Promise((resolve) => child.once("close", resolve));
  const code = await new Promise((resolve) => {
    child.once("error", (error) => {
      stderr.add(Buffer.from(`${error.message}\n`));
      resolve(error.code === "ENOENT" ? NOT_FOUND : NOT_EXECUTABLE);
    });
    child.once("exit", (status, signal) => resolve(status ?? SIGNALLED + (SIGNALS[signal] ?? 0)));
  });
  clearTimeout(timer);
  clearTimeout(kill);
  if (child.pid) {
    // What it left in the background must not go on in the next job.
    endGroup(child.pid, "SIGKILL");
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
  }
  return {
    hodei: 1,
    exit_code: code,
    timed_out: timedOut,
    stdout_bytes: stdout.bytes(),
    stdout: stdout.text(),
    stderr_bytes: stderr.bytes(),
    stderr: stderr.text(),
  };
}

function words(field) {
  return Buffer.from(field ?? "", "base64")
    .toString("utf8")
    .split("\0")
    .slice(0, -1);
}

function environment(pairs) {
  const own = pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]);
  return { ...process.env, ...Object.fromEntries(own) };
}

/** Keeps the last part of a stream, and passes all of it on to the function's log. */
function makeTail(log) {
  const chunks = [];
  let held = 0;
  let total = 0;
  return {
    add(chunk) {
      log.write(chunk);
      chunks.push(chunk);
      held += chunk.length;
      total += chunk.length;
      while (held - chunks[0].length >= KEPT) held -= chunks.shift().length;
    },
    bytes: () => total,
    text: () => Buffer.concat(chunks).subarray(-KEPT).toString("base64"),
  };
}

function endGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended already.
  }
}
