import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { endWithBench } from "../cluster/end-with-bench.ts";
import type { Delays } from "./contender.ts";

type Report = { handled: number } | { delays: Float64Array };

/** Worker processes of a peer: each tells how many jobs it ran. */
export interface WorkerProcesses extends AsyncDisposable {
  readonly pids: ReadonlyMap<string, number>;
  readonly hold: () => void;
  readonly letGo: () => void;
  readonly handled: () => number;
  readonly delays: () => Promise<Delays>;
}

/** Starts `count` processes of `file`, given these settings; resolves when all have said that they take jobs. */
export async function startWorkerProcesses(file: string, count: number, settings: object): Promise<WorkerProcesses> {
  const handled = new Map<ChildProcess, number>();
  const children = Array.from({ length: count }, () =>
    fork(fileURLToPath(new URL(file, import.meta.url)), [JSON.stringify(settings)], {
      serialization: "advanced",
      // What graphile-worker's own benchmark sets: no line of log for each job.
      env: { ...process.env, NO_LOG_SUCCESS: "1" },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    }),
  );
  const signalAll = (signal: NodeJS.Signals) => {
    for (const child of children) child.kill(signal);
  };
  const ready = children.map(async (child) => {
    child.on("message", (report: Report) => {
      if ("handled" in report) handled.set(child, report.handled);
    });
    const died = once(child, "exit").then(() => Promise.reject(new Error(`${file} ended before it took jobs`)));
    await Promise.race([once(child, "message"), died]);
    // From here on its end is the bench's doing, or seen by jobs that do not end.
    died.catch(() => undefined);
  });
  await Promise.all(ready);
  // Whoever is held does not see that the bench has ended.
  const wakeAll = () => signalAll("SIGCONT");
  const ending = endWithBench(wakeAll);
  return {
    pids: new Map(children.map((child, i) => [`worker ${i + 1}`, child.pid ?? 0])),
    hold: () => signalAll("SIGSTOP"),
    letGo: () => signalAll("SIGCONT"),
    handled: () => handled.values().reduce((sum, each) => sum + each, 0),
    async delays() {
      const answers = children.map(async (child) => {
        child.send("delays");
        return await nextDelays(child);
      });
      const started = Float64Array.from((await Promise.all(answers)).flatMap((each) => [...each]));
      return { started, decided: started.slice() };
    },
    async [Symbol.asyncDispose]() {
      ending[Symbol.dispose]();
      wakeAll();
      const ended = children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const exit = once(child, "exit");
        child.disconnect();
        await exit;
      });
      await Promise.all(ended);
    },
  };
}

async function nextDelays(child: ChildProcess): Promise<Float64Array> {
  for (;;) {
    const [report] = (await once(child, "message")) as [Report];
    if ("delays" in report) return report.delays;
  }
}
