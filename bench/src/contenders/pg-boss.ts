import pg from "pg";
import { PgBoss } from "pg-boss";
import { checkpoint } from "../cluster/checkpoint.ts";
import type { Contender } from "./contender.ts";
import { describePeer, type Flavour } from "./flavour.ts";
import type { Arena } from "./open-arena.ts";
import { submissions } from "./submissions.ts";
import { startWorkerProcesses } from "./worker-processes.ts";

const QUEUE = "bench";

/** Big batches, the next fetched at once while they come full, and woken by NOTIFY: https://pgboss.io/api/workers and https://pgboss.io/api/queues. */
const TUNED = { batchSize: 500, burstWhenBatchFull: true };

export async function openPgBoss(arena: Arena, flavour: Flavour): Promise<Contender> {
  await using stack = new AsyncDisposableStack();
  const connectionString = await arena.createDatabase();
  const boss = new PgBoss({ connectionString, max: 10, supervise: false, schedule: false });
  boss.on("error", (error) => console.error(`pg-boss: ${error.message}`));
  await boss.start();
  stack.defer(() => boss.stop({ graceful: false }));
  await boss.createQueue(QUEUE, flavour.tuned ? { notify: true } : {});
  const pool = new pg.Pool({ connectionString, max: 1 });
  stack.defer(() => pool.end());
  const settings = { queue: QUEUE, connectionString, useListenNotify: flavour.tuned, work: flavour.tuned ? TUNED : {} };
  const workers = stack.use(await startWorkerProcesses("./pg-boss-process.ts", flavour.processes, settings));
  const insert = async (count: number, at: number) => {
    const jobs = Array.from({ length: count }, () => ({ data: { at } }));
    await boss.insert(QUEUE, jobs);
  };
  const owned = stack.move();
  return {
    ...describePeer(
      { name: "pg-boss", package: "pg-boss", tuned: { useListenNotify: true, notify: true, ...TUNED } },
      flavour,
    ),
    pids: new Map([...workers.pids, arena.postgres]),
    hold: workers.hold,
    letGo: workers.letGo,
    ...submissions({ one: (at) => boss.send(QUEUE, { at }), many: insert }),
    settle: () => checkpoint(pool),
    handled: async () => workers.handled(),
    async unfinished() {
      const { rows } = await pool.query(
        "SELECT count(*)::int AS left FROM pgboss.job WHERE name = $1 AND state < 'completed'",
        [QUEUE],
      );
      return rows[0].left;
    },
    delays: workers.delays,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
