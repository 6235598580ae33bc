import { Queue } from "bullmq";
import { type Contender, now } from "./contender.ts";
import { describePeer, type Flavour } from "./flavour.ts";
import type { Arena } from "./open-arena.ts";
import { startWorkerProcesses } from "./worker-processes.ts";

/** Jobs in one `addBulk` call. */
const CHUNK = 1_000;

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
    async enqueue(count) {
      const at = now();
      for (let left = count; left > 0; left -= CHUNK) await add(Math.min(left, CHUNK), at);
    },
    async submit(count) {
      if (count === 1) await queue.add("bench", { at: now() });
      else await add(count, now());
    },
    settle: () => Promise.resolve(),
    handled: async () => workers.handled(),
    unfinished: () => queue.getJobCountByTypes("waiting", "active", "prioritized", "delayed"),
    delays: workers.delays,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
