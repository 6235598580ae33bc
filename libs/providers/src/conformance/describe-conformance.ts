import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LogChunk, Provider, WorkerExit, WorkerSpec } from "../provider.ts";

/** What a provider type brings to the suite. */
export interface ConformanceSubject {
  /** Opens a provider on the same place each time: the second one finds what the first one started. */
  open: () => Promise<Provider>;
  /** Called after the last test. */
  close: () => Promise<void>;
}

/** What a type can do at all: the rest of the suite is not for it. */
export interface ConformancePowers {
  /** Workers and what they wrote outlive the process that started them. */
  outlives: boolean;
  /** Commands are really run. */
  runs: boolean;
}

const PATIENCE_MS = 20_000;

/** What every provider type promises (libs/providers/src/provider.ts). */
export function describeConformance(
  name: string,
  powers: ConformancePowers,
  makeSubject: () => Promise<ConformanceSubject>,
): void {
  describe(`${name} keeps the promises of a provider`, () => {
    const ifRuns = powers.runs ? test : () => undefined;
    const ifOutlives = powers.outlives ? test : () => undefined;
    let subject: ConformanceSubject;
    let provider: Provider;
    let exits: ExitLog;
    const signal = () => AbortSignal.timeout(PATIENCE_MS);
    beforeAll(async () => {
      subject = await makeSubject();
      provider = await subject.open();
      exits = followExits(provider);
    });
    afterAll(async () => {
      await exits.close();
      await provider[Symbol.asyncDispose]();
      await subject.close();
    });

    test("a health check finds it healthy", async () => {
      expect(await provider.check(signal())).toMatchObject({ state: "healthy" });
    });

    test("a worker starts, ends once, and is forgotten when it is removed", async () => {
      const worker = workerOf(["sh", "-c", "exit 0"]);
      expect(await provider.start(worker, signal())).toMatchObject({ name: worker.name, adopted: false });
      expect(await exits.of(worker.name)).toMatchObject({ exitCode: 0 });
      await provider.remove(worker.name);
      expect((await provider.list(signal())).map((handle) => handle.name)).not.toContain(worker.name);
      expect(exits.count(worker.name)).toBe(1);
    });

    test("starting it a second time finds the first", async () => {
      const worker = workerOf(["sh", "-c", "sleep 0.3"]);
      await provider.start(worker, signal());
      expect(await provider.start(worker, signal())).toMatchObject({ adopted: true });
      await exits.of(worker.name);
      expect(exits.count(worker.name)).toBe(1);
      await provider.remove(worker.name);
    });

    test("stopping and removing what is gone is success", async () => {
      await provider.stop("hodei-never-was-1", 0);
      await provider.remove("hodei-never-was-1");
    });

    test("twenty workers at once all end", async () => {
      const workers = Array.from({ length: 20 }, () => workerOf(["sh", "-c", "exit 0"]));
      await Promise.all(workers.map((worker) => provider.start(worker, AbortSignal.timeout(60_000))));
      for (const worker of workers) expect(await exits.of(worker.name)).toMatchObject({ exitCode: 0 });
      await Promise.all(workers.map((worker) => provider.remove(worker.name)));
    });

    ifRuns("the exit code is the command's own", async () => {
      const worker = workerOf(["sh", "-c", "exit 42"]);
      await provider.start(worker, signal());
      expect(await exits.of(worker.name)).toMatchObject({ exitCode: 42 });
      await provider.remove(worker.name);
    });

    ifRuns(
      "output is complete, in order, stdout and stderr apart, and arguments are never read by a shell",
      async () => {
        const script = 'seq 1 2000; echo "$1" >&2; printf "$GREETING"';
        const worker = workerOf(["sh", "-c", script, "sh", "$(id); `id`"], { GREETING: "hallo, wörld" });
        await provider.start(worker, signal());
        const chunks = await collect(provider.logs(worker.name, {}, signal()));
        expect(textOf(chunks, "stdout")).toBe(
          `${Array.from({ length: 2000 }, (_, i) => i + 1).join("\n")}\nhallo, wörld`,
        );
        expect(textOf(chunks, "stderr")).toBe("$(id); `id`\n");
        const first = chunks.filter((chunk) => chunk.stream === "stdout")[0];
        const rest = await collect(provider.logs(worker.name, { stdout: first?.bytes ?? 0 }, signal()));
        expect((first?.text ?? "") + textOf(rest, "stdout")).toBe(textOf(chunks, "stdout"));
        await exits.of(worker.name);
        await provider.remove(worker.name);
      },
    );

    ifRuns("a stop ends a command that does not listen", async () => {
      const worker = workerOf(["sh", "-c", "trap '' TERM; echo on; while :; do sleep 0.05; done"]);
      await provider.start(worker, signal());
      await firstOf(provider.logs(worker.name, {}, signal()));
      await provider.stop(worker.name, 0);
      expect((await exits.of(worker.name)).exitCode).not.toBe(0);
      await provider.remove(worker.name);
    });

    ifRuns("what is running is not removed", async () => {
      const worker = workerOf(["sh", "-c", "echo on; while :; do sleep 0.05; done"]);
      await provider.start(worker, signal());
      await firstOf(provider.logs(worker.name, {}, signal()));
      await provider.remove(worker.name);
      expect((await provider.list(signal())).map((handle) => handle.name)).toContain(worker.name);
      await provider.stop(worker.name, 0);
      await exits.of(worker.name);
      await provider.remove(worker.name);
    });

    ifOutlives("another process finds a running worker, its output, and its end", async () => {
      const worker = workerOf(["sh", "-c", "echo before; sleep 0.5; echo after; exit 9"]);
      await provider.start(worker, signal());
      await firstOf(provider.logs(worker.name, {}, signal()));
      const second = await subject.open();
      const seen = followExits(second);
      try {
        expect(await second.start(worker, signal())).toMatchObject({ adopted: true, state: "running" });
        expect(textOf(await collect(second.logs(worker.name, {}, signal())), "stdout")).toBe("before\nafter\n");
        expect(await seen.of(worker.name)).toMatchObject({ exitCode: 9 });
      } finally {
        await seen.close();
        await second[Symbol.asyncDispose]();
      }
      await exits.of(worker.name);
      await provider.remove(worker.name);
    });

    ifOutlives("an end that nobody watched is told to whoever watches next", async () => {
      const worker = workerOf(["sh", "-c", "exit 3"]);
      await provider.start(worker, signal());
      await exits.of(worker.name);
      const second = await subject.open();
      const seen = followExits(second);
      try {
        expect(await seen.of(worker.name)).toMatchObject({ exitCode: 3 });
      } finally {
        await seen.close();
        await second[Symbol.asyncDispose]();
      }
      await provider.remove(worker.name);
    });
  });
}

/** A worker of a fresh name. */
export function workerOf(
  command: string[],
  env: Record<string, string> = {},
  job: Partial<WorkerSpec["job"]> = {},
): WorkerSpec {
  const jobId = `c-${randomUUID().slice(0, 13)}`;
  const spec: WorkerSpec["job"] = {
    command,
    env: {},
    secrets: {},
    resources: {},
    allowedRegions: [],
    requiredLabels: {},
    requiredAnnotations: {},
    priority: 0,
    provisioningTimeoutSeconds: 60,
    retry: { maxAttempts: 1, backoffSeconds: 0 },
    metadata: {},
    ...job,
  };
  return { name: `hodei-${jobId}-1`, jobId, attempt: 1, job: spec, env, timeoutSeconds: 60 };
}

interface ExitLog {
  of(name: string): Promise<WorkerExit>;
  count(name: string): number;
  close(): Promise<void>;
}

/** Watches a provider and keeps every end it tells. */
export function followExits(provider: Provider): ExitLog {
  const stop = new AbortController();
  const seen: WorkerExit[] = [];
  const waiting = new Map<string, PromiseWithResolvers<WorkerExit>>();
  const entry = (name: string) => {
    const known = waiting.get(name) ?? Promise.withResolvers<WorkerExit>();
    waiting.set(name, known);
    return known;
  };
  const watching = (async () => {
    for await (const exit of provider.watch(stop.signal)) {
      seen.push(exit);
      entry(exit.name).resolve(exit);
    }
  })();
  return {
    of: (name) => {
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(() => late.reject(new Error(`the end of ${name} was not told`)), PATIENCE_MS);
      return Promise.race([entry(name).promise, late.promise]).finally(() => clearTimeout(timer));
    },
    count: (name) => seen.filter((exit) => exit.name === name).length,
    async close() {
      stop.abort();
      await watching;
    },
  };
}

async function collect(chunks: AsyncIterable<LogChunk>): Promise<LogChunk[]> {
  const all: LogChunk[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

async function firstOf(chunks: AsyncIterable<LogChunk>): Promise<LogChunk | undefined> {
  for await (const chunk of chunks) return chunk;
  return undefined;
}

function textOf(chunks: readonly LogChunk[], stream: string): string {
  return chunks
    .filter((chunk) => chunk.stream === stream)
    .map((chunk) => chunk.text)
    .join("");
}
