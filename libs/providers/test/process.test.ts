import { scratchDirectory } from "@hodei/testing";
import { afterEach, expect, test } from "vitest";
import { describeConformance } from "../src/conformance/describe-conformance.ts";
import { followExits } from "../src/conformance/follow-exits.ts";
import { collect, firstOf, textOf } from "../src/conformance/read-logs.ts";
import { workerOf } from "../src/conformance/worker-of.ts";
import { openProvider, type Provider } from "../src/index.ts";
import { adapterContext } from "./adapter-context.ts";
import { processesUnder } from "./processes-under.ts";

const signal = () => AbortSignal.timeout(20_000);

describeConformance("process", { outlives: true, runs: true }, async () => {
  const directory = await scratchDirectory();
  const context = adapterContext(directory.path);
  return {
    open: () => openProvider("process", { type: "process" }, context),
    openForeign: () => openProvider("process", { type: "process" }, adapterContext(directory.path)),
    close: async () => {
      expect(processesUnder(directory.path)).toEqual([]);
      await directory[Symbol.asyncDispose]();
    },
  };
});

const folders: string[] = [];
afterEach(() => {
  expect(folders.splice(0).flatMap(processesUnder)).toEqual([]);
});

async function withProvider(
  work: (provider: Provider, exits: ReturnType<typeof followExits>, folder: string) => Promise<void>,
): Promise<void> {
  await using directory = await scratchDirectory();
  folders.push(directory.path);
  await using provider = await openProvider("process", { type: "process" }, adapterContext(directory.path));
  const exits = followExits(provider);
  try {
    await work(provider, exits, directory.path);
  } finally {
    for (const { name } of await provider.list(signal())) await provider.stop(name, 0);
    await exits.close();
  }
}

test("a worker has PATH, HOME, TMPDIR and LANG of Hodei's environment, and nothing else", async () => {
  await withProvider(async (provider, exits) => {
    process.env["HODEI_TEST_LEAK"] = "leaked";
    const worker = workerOf(["/usr/bin/env"], { OWN: "1" });
    await provider.start(worker, signal());
    const text = textOf(await collect(provider.logs(worker.name, {}, signal())), "stdout");
    const names = text
      .trim()
      .split("\n")
      .map((line) => line.split("=")[0] ?? "");
    expect(
      names.filter((name) => !["PATH", "HOME", "TMPDIR", "LANG", "PWD", "OLDPWD", "SHLVL", "_"].includes(name)),
    ).toEqual(["OWN"]);
    await exits.of(worker.name);
  });
});

test("a worker runs in an empty folder of its own", async () => {
  await withProvider(async (provider, exits) => {
    const worker = workerOf(["sh", "-c", "pwd; ls -A | wc -l"]);
    await provider.start(worker, signal());
    const [where, count] = textOf(await collect(provider.logs(worker.name, {}, signal())), "stdout").split("\n");
    expect(where).toContain(worker.name);
    expect(Number(count)).toBe(0);
    await exits.of(worker.name);
  });
});

test("a working directory that does not exist is said, not waited for", async () => {
  await using directory = await scratchDirectory();
  const config = { type: "process", working_directory: "/proc/nowhere" };
  await using provider = await openProvider("process", config, adapterContext(directory.path));
  await expect(provider.start(workerOf(["true"]), signal())).rejects.toMatchObject({
    code: "PROVIDER_ERROR",
    message: expect.stringContaining("/proc/nowhere is no folder"),
  });
});

test("a command that no process of this machine may have is the job's own failure", async () => {
  await withProvider(async (provider) => {
    await expect(provider.start(workerOf(["echo", "a".repeat(140_000)]), signal())).rejects.toMatchObject({
      code: "COMMAND_NOT_FOUND",
    });
  });
});

test("a name that is no worker's is refused before anything is touched", async () => {
  await withProvider(async (provider) => {
    for (const name of ["", "..", "../workers", "a/b"]) await expect(provider.remove(name)).rejects.toThrow("no name");
  });
});

test("the end of a command is the end of all that it left in the background", async () => {
  await withProvider(async (provider, exits, folder) => {
    const worker = workerOf(["sh", "-c", "(trap '' TERM; exec sleep 60) & echo left; exit 4"]);
    await provider.start(worker, signal());
    expect(textOf(await collect(provider.logs(worker.name, {}, signal())), "stdout")).toBe("left\n");
    expect(await exits.of(worker.name)).toMatchObject({ exitCode: 4 });
    expect(processesUnder(folder)).toEqual([]);
  });
});

test("a stop ends the whole group, not only the command that listens", async () => {
  await withProvider(async (provider, exits, folder) => {
    const worker = workerOf(["sh", "-c", "(trap '' TERM; echo on; exec sleep 60) & wait"]);
    await provider.start(worker, signal());
    await firstOf(provider.logs(worker.name, {}, signal()));
    await provider.stop(worker.name, 10);
    expect(await exits.of(worker.name)).toMatchObject({ exitCode: 143 });
    expect(processesUnder(folder)).toEqual([]);
  });
});

test("a stop that comes while the start is under way is not lost", async () => {
  await withProvider(async (provider, exits, folder) => {
    const worker = workerOf(["sleep", "60"]);
    const starting = provider.start(worker, signal());
    await provider.stop(worker.name, 1);
    await starting;
    expect((await exits.of(worker.name)).exitCode).not.toBe(0);
    expect(processesUnder(folder)).toEqual([]);
  });
});

test("two starts at the same moment, here or in two processes, are one worker", async () => {
  await using directory = await scratchDirectory();
  folders.push(directory.path);
  const context = adapterContext(directory.path);
  await using one = await openProvider("process", { type: "process" }, context);
  await using other = await openProvider("process", { type: "process" }, context);
  const exits = followExits(one);
  for (let round = 0; round < 10; round += 1) {
    const worker = workerOf(["sh", "-c", "echo ran; sleep 0.1"]);
    await Promise.all([one, one, other].map((provider) => provider.start(worker, signal())));
    expect(textOf(await collect(one.logs(worker.name, {}, signal())), "stdout")).toBe("ran\n");
    expect(await exits.of(worker.name)).toMatchObject({ exitCode: 0 });
    expect(exits.count(worker.name)).toBe(1);
  }
  await exits.close();
});

test("bytes that are no text, and a line longer than any chunk, come through whole", async () => {
  await withProvider(async (provider, exits) => {
    const long = "äöüß€-0123456789";
    const script = "printf 'a\\377b\\n'; i=0; while [ $i -lt 5000 ]; do printf '%s' \"$1\"; i=$((i+1)); done";
    const worker = workerOf(["sh", "-c", script, "sh", long]);
    await provider.start(worker, signal());
    const chunks = await collect(provider.logs(worker.name, {}, signal()));
    // Compared by a flag: the difference of two such lines fills a screen.
    expect(textOf(chunks, "stdout") === `a\ufffdb\n${long.repeat(5000)}`).toBe(true);
    const ends = chunks.map(({ offset, bytes }) => offset + bytes);
    expect(chunks.map(({ offset }) => offset)).toEqual([0, ...ends.slice(0, -1)]);
    expect(Math.max(...chunks.map(({ bytes }) => bytes))).toBeLessThanOrEqual(65_536);
    expect(ends.at(-1)).toBe(4 + 5000 * Buffer.byteLength(long));
    await exits.of(worker.name);
  });
});

test("the log of a worker that never was ends at once", async () => {
  await withProvider(async (provider) => {
    expect(await collect(provider.logs("hodei-never-was-1", {}, signal()))).toEqual([]);
  });
});
