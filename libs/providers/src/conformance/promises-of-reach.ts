import { expect, test } from "vitest";
import type { Provider } from "../provider.ts";
import { type ExitLog, PATIENCE_MS } from "./follow-exits.ts";
import { collect, firstOf, textOf } from "./read-logs.ts";
import { workerOf } from "./worker-of.ts";

/** What a type promises that can reach a command while it runs: read what it writes, and end it. */
export function promisesOfReach(subject: () => { provider: Provider; exits: ExitLog }): void {
  const signal = () => AbortSignal.timeout(PATIENCE_MS);

  test("a stop ends a command that does not listen", async () => {
    const { provider, exits } = subject();
    const worker = workerOf(["sh", "-c", "trap '' TERM; echo on; while :; do sleep 0.05; done"]);
    await provider.start(worker, signal());
    await firstOf(provider.logs(worker.name, {}, signal()));
    await provider.stop(worker.name, 0);
    expect((await exits.of(worker.name)).exitCode).not.toBe(0);
    await provider.remove(worker.name);
  });

  test("two stops at once end it once", async () => {
    const { provider, exits } = subject();
    const worker = workerOf(["sh", "-c", "echo on; while :; do sleep 0.05; done"]);
    await provider.start(worker, signal());
    await firstOf(provider.logs(worker.name, {}, signal()));
    await Promise.all([provider.stop(worker.name, 0), provider.stop(worker.name, 0)]);
    expect((await exits.of(worker.name)).exitCode).not.toBe(0);
    await provider.stop(worker.name, 0);
    expect(exits.count(worker.name)).toBe(1);
    await provider.remove(worker.name);
  });

  test("a start that is given up under way, and then stopped, leaves nothing running", async () => {
    const { provider } = subject();
    const worker = workerOf(["sh", "-c", "while :; do sleep 0.05; done"]);
    const giveUp = new AbortController();
    const start = provider.start(worker, giveUp.signal);
    setImmediate(() => giveUp.abort(new Error("given up")));
    // It may have been too late: then the worker is there, and is stopped like any other.
    await Promise.allSettled([start]);
    for (const left = signal(); ; ) {
      await provider.stop(worker.name, 0);
      await provider.remove(worker.name);
      if (!(await provider.list(left)).some(({ name }) => name === worker.name)) break;
    }
  });

  test("a command has its grace to end in order, and its own exit code then", async () => {
    const { provider, exits } = subject();
    const worker = workerOf(["sh", "-c", "trap 'echo bye; exit 5' TERM; echo on; while :; do sleep 0.05; done"]);
    await provider.start(worker, signal());
    await firstOf(provider.logs(worker.name, {}, signal()));
    await provider.stop(worker.name, 15);
    expect(await exits.of(worker.name)).toMatchObject({ exitCode: 5 });
    expect(textOf(await collect(provider.logs(worker.name, {}, signal())), "stdout")).toBe("on\nbye\n");
    await provider.stop(worker.name, 15);
    await provider.remove(worker.name);
  });
}
