import { makeWorkerUtils } from "graphile-worker";
import pg from "pg";
import { checkpoint } from "../cluster/checkpoint.ts";
import type { Contender } from "./contender.ts";
import { describePeer, type Flavour } from "./flavour.ts";
import type { Arena } from "./open-arena.ts";
import { submissions } from "./submissions.ts";
import { startWorkerProcesses } from "./worker-processes.ts";

/** The settings behind the figures on https://worker.graphile.org/docs/performance. */
const TUNED = {
  concurrentJobs: 24,
  maxPoolSize: 25,
  localQueue: { size: 500 },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
};

export async function openGraphileWorker(arena: Arena, flavour: Flavour): Promise<Contender> {
  await using stack = new AsyncDisposableStack();
  const connectionString = await arena.createDatabase();
  const pool = new pg.Pool({ connectionString, max: 10 });
  const told = (error: Error) => console.error(`graphile-worker: ${error.message}`);
  pool.on("error", told).on("connect", (client) => client.on("error", told));
  stack.defer(() => pool.end());
  const utils = await makeWorkerUtils({ pgPool: pool });
  stack.defer(() => utils.release());
  await utils.migrate();
  const worker = flavour.tuned ? TUNED : {};
  const file = "./graphile-worker-process.ts";
  const workers = stack.use(await startWorkerProcesses(file, flavour.processes, { connectionString, ...worker }));
  const add = (count: number, at: number) => {
    return utils.addJobs(Array.from({ length: count }, () => ({ identifier: "bench", payload: { at } })));
  };
  const owned = stack.move();
  return {
    ...describePeer({ name: "graphile-worker", package: "graphile-worker", tuned: TUNED }, flavour),
    pids: new Map([...workers.pids, arena.postgres]),
    hold: workers.hold,
    letGo: workers.letGo,
    ...submissions({ one: (at) => utils.addJob("bench", { at }), many: add }),
    settle: () => checkpoint(pool),
    handled: async () => workers.handled(),
    async unfinished() {
      const { rows } = await pool.query("SELECT count(*)::int AS left FROM graphile_worker._private_jobs");
      return rows[0].left;
    },
    delays: workers.delays,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
