import { Queue } from "bullmq";
import type { Contender } from "./contender.ts";
import { describePeer, type Flavour } from "./flavour.ts";
import type { Arena } from "./open-arena.ts";
import { submissions } from "./submissions.ts";
import { startWorkerProcesses } from "./worker-processes.ts";

/**
 * A local concurrency factor of 50 is what https://docs.bullmq.io/guide/workers/concurrency shows; finished jobs are removed as
 * https://docs.bullmq.io/guide/queues/auto-removal-of-jobs advises.
 */
const TUNED = { concurrency: 50, removeOnComplete: { count: 0 } };
let queues = 0;

export async function openBullmq(arena: Arena, flavour: Flavour): Promise<Contender> {
  await using stack = new AsyncDisposableStack();
  const redis = await arena.redis();
  queues += 1;
  const name = `bench-${queues}`;
  const connection = { host: "127.0.0.1", port: redis.port };
  const queue = new Queue(name, { connection });
  stack.defer(() => queue.close());
  const settings = { queue: name, connection, worker: flavour.tuned ? TUNED : {} };
  const workers = stack.use(await startWorkerProcesses("./bullmq-process.ts", flavour.processes, settings));
  const add = async (count: number, at: number) => {
    await queue.addBulk(Array.from({ length: count }, () => ({ name: "bench", data: { at } })));
  };
  const owned = stack.move();
  return {
    ...describePeer({ name: "BullMQ", package: "bullmq", tuned: TUNED }, flavour),
    pids: new Map([...workers.pids, ["redis", redis.pid]]),
    hold: workers.hold,
    letGo: workers.letGo,
    ...submissions({ one: (at) => queue.add("bench", { at }), many: add }),
    settle: () => Promise.resolve(),
    handled: async () => workers.handled(),
    unfinished: () => queue.getJobCountByTypes("waiting", "active", "prioritized", "delayed"),
    delays: workers.delays,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
