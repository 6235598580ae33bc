import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Provider } from "../provider.ts";
import { type ExitLog, followExits, PATIENCE_MS } from "./follow-exits.ts";
import { promisesOfCommands } from "./promises-of-commands.ts";
import { promisesOfReach } from "./promises-of-reach.ts";
import { collect, firstOf, textOf } from "./read-logs.ts";
import { workerOf } from "./worker-of.ts";

/** What a provider type brings to the suite. */
export interface ConformanceSubject {
  /** Opens a provider on the same place each time: the second one finds what the first one started. */
  open: () => Promise<Provider>;
  /** Opens one there that belongs to another cluster. Absent where nothing is shared. */
  openForeign?: () => Promise<Provider>;
  /** Opens one whose other side accepts connections and never answers. Absent where there is no other side. */
  openHung?: () => Promise<Provider>;
  /** Called after the last test. */
  close: () => Promise<void>;
}

/** What a type can do at all: the rest of the suite is not for it. */
export interface ConformancePowers {
  /** Workers and what they wrote outlive the process that started them. */
  outlives: boolean;
  /** Commands are really run. */
  runs: boolean;
  /** A running command can be reached: its output read while it runs, itself ended. Absent = yes. */
  reachesRunning?: boolean;
  /** Workers that are there together; a machine takes more processes than containers. */
  atOnce?: number;
  /** Starts under way together, as a provisioner would (`start_concurrency`). Absent = all. */
  startsAtOnce?: number;
  /** The vendor's logs know whole lines only: a last one without its newline is given one. */
  wholeLines?: boolean;
  /** False: the vendor's logs do not tell stderr from stdout. */
  streamsApart?: boolean;
}

/** What every provider type promises (libs/providers/src/provider.ts). */
export function describeConformance(
  name: string,
  powers: ConformancePowers,
  makeSubject: () => Promise<ConformanceSubject>,
): void {
  describe(`${name} keeps the promises of a provider`, () => {
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
      // What a failed test left running.
      for (const { name: left } of await provider.list(signal())) await provider.stop(left, 0);
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
      const worker = workerOf(["sh", "-c", "sleep 1"]);
      await provider.start(worker, signal());
      expect(await provider.start(worker, signal())).toMatchObject({ adopted: true });
      await exits.of(worker.name);
      expect(exits.count(worker.name)).toBe(1);
      await provider.remove(worker.name);
    });

    test("asked for several times at once, it is one worker, and one of the starts made it", async () => {
      const worker = workerOf(["sh", "-c", "sleep 0.3"]);
      const handles = await Promise.all([1, 2, 3].map(() => provider.start(worker, signal())));
      expect(handles.filter(({ adopted }) => !adopted)).toHaveLength(1);
      expect(new Set(handles.map(({ resourceId }) => resourceId)).size).toBe(1);
      await exits.of(worker.name);
      expect(exits.count(worker.name)).toBe(1);
      await provider.remove(worker.name);
    });

    test("starting what has ended does not run it again", async () => {
      const worker = workerOf(["sh", "-c", "exit 0"]);
      await provider.start(worker, signal());
      const first = await exits.of(worker.name);
      expect(await provider.start(worker, signal())).toMatchObject({ adopted: true, state: "exited" });
      expect(first.resourceId).toBe(
        (await provider.list(signal())).find(({ name }) => name === worker.name)?.resourceId,
      );
      await provider.stop(worker.name, 0);
      await provider.remove(worker.name);
      await provider.remove(worker.name);
    });

    test("stopping and removing what is gone is success", async () => {
      await provider.stop("hodei-never-was-1", 0);
      await provider.remove("hodei-never-was-1");
    });

    test("a side that never answers fails a start when its time is over, and a check says so", async () => {
      await using hung = await subject.openHung?.();
      if (!hung) return;
      const patience = () => AbortSignal.timeout(300);
      await expect(hung.start(workerOf(["true"]), patience())).rejects.toBeInstanceOf(Error);
      expect(await hung.check(patience())).toMatchObject({ code: "UNREACHABLE", needsConfirmation: true });
      // What does not outlive its process is known here alone.
      if (powers.outlives) await expect(hung.list(patience())).rejects.toBeInstanceOf(Error);
    });

    test("while one side never answers, another provider of the type goes on", async () => {
      await using hung = await subject.openHung?.();
      if (!hung) return;
      const giveUp = new AbortController();
      const stuck = expect(hung.start(workerOf(["true"]), giveUp.signal)).rejects.toBeInstanceOf(Error);
      const worker = workerOf(["sh", "-c", "exit 0"]);
      await provider.start(worker, signal());
      expect(await exits.of(worker.name)).toMatchObject({ exitCode: 0 });
      giveUp.abort();
      await stuck;
      await provider.remove(worker.name);
    });

    test("many workers at once all end, each once", async () => {
      const workers = Array.from({ length: powers.atOnce ?? 50 }, () => workerOf(["sh", "-c", "exit 0"]));
      const waiting = [...workers];
      const starter = async () => {
        for (let worker = waiting.pop(); worker; worker = waiting.pop())
          await provider.start(worker, AbortSignal.timeout(180_000));
      };
      await Promise.all(Array.from({ length: powers.startsAtOnce ?? workers.length }, starter));
      for (const worker of workers) expect(await exits.of(worker.name)).toMatchObject({ exitCode: 0 });
      expect(workers.map((worker) => exits.count(worker.name))).toEqual(workers.map(() => 1));
      await Promise.all(workers.map((worker) => provider.remove(worker.name)));
      const left = (await provider.list(signal())).map((handle) => handle.name);
      expect(workers.filter((worker) => left.includes(worker.name))).toEqual([]);
    });

    if (powers.runs) promisesOfCommands(powers, () => ({ provider, exits }));
    if (powers.runs && powers.reachesRunning !== false) promisesOfReach(() => ({ provider, exits }));

    ifOutlives("another process finds a running worker, its output, and its end", async () => {
      const worker = workerOf(["sh", "-c", "echo before; sleep 3; echo after; exit 9"]);
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

    ifOutlives("a provider that is closed and opened again goes on where it was", async () => {
      const worker = workerOf(["sh", "-c", "echo before; sleep 3; exit 6"]);
      const first = await subject.open();
      const { resourceId } = await first.start(worker, signal());
      const chunk = await firstOf(first.logs(worker.name, {}, signal()));
      await first[Symbol.asyncDispose]();
      await using second = await subject.open();
      const seen = followExits(second);
      try {
        const found = (await second.list(signal())).find(({ name }) => name === worker.name);
        expect(found).toMatchObject({ resourceId, state: "running" });
        const rest = await collect(second.logs(worker.name, { stdout: chunk?.bytes ?? 0 }, signal()));
        expect((chunk?.text ?? "") + textOf(rest, "stdout")).toBe("before\n");
        expect(await seen.of(worker.name)).toMatchObject({ exitCode: 6, resourceId });
      } finally {
        await seen.close();
      }
      await second.remove(worker.name);
    });

    ifOutlives("what another cluster started is neither seen nor touched", async () => {
      await using foreign = await subject.openForeign?.();
      if (!foreign) return;
      const worker = workerOf(["sh", "-c", "echo on; while :; do sleep 0.05; done"]);
      await provider.start(worker, signal());
      await firstOf(provider.logs(worker.name, {}, signal()));
      expect(await foreign.list(signal())).toEqual([]);
      await foreign.stop(worker.name, 0);
      await foreign.remove(worker.name);
      await expect(foreign.start(worker, signal())).rejects.toMatchObject({ code: "PROVIDER_ERROR" });
      expect((await provider.list(signal())).find(({ name }) => name === worker.name)).toMatchObject({
        state: "running",
      });
      await provider.stop(worker.name, 0);
      await exits.of(worker.name);
      await provider.remove(worker.name);
    });
  });
}
