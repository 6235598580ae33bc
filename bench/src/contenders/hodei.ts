import type { BenchCluster } from "../cluster/bench-cluster.ts";
import { checkpoint } from "../cluster/checkpoint.ts";
import { publishPipelined } from "../cluster/publish-pipelined.ts";
import type { ExtraService } from "../cluster/start-extra-service.ts";
import type { Contender } from "./contender.ts";

const PROVIDERS = 10;
const MAX_WORKERS = 5_000;
const STATUS_STREAM = "HODEI_STATUS";

/** No id twice, whoever submits. */
let bodies = 0;

/** The fleet of all comparisons: providers that run nothing. */
export async function addSimulatedProviders(cluster: BenchCluster): Promise<void> {
  await cluster.addProviders(
    Array.from({ length: PROVIDERS }, (_, i) => ({
      name: `simulated-${i}`,
      config: { type: "simulated" },
      maxWorkers: MAX_WORKERS,
    })),
  );
}

/** Hodei with providers that run nothing. Held is its selector: submitted jobs wait in JetStream. */
export async function openHodei(cluster: BenchCluster, more: readonly ExtraService[] = []): Promise<Contender> {
  const streams = (await cluster.nats.jetstreamManager()).streams;
  // Only ends are kept there. Its subjects are not counted: asked for every few milliseconds, that takes a quarter of what nats-server has to do.
  const announced = async () => (await streams.info(STATUS_STREAM)).state.last_seq;
  const announcedBefore = await announced();
  let askedAt = Date.now();
  const body = () => {
    bodies += 1;
    return JSON.stringify({ job_id: `bench-${bodies}`, command: ["true"], metadata: { at: String(Date.now()) } });
  };
  const publish = (count: number) =>
    publishPipelined(cluster.nats, "job.submitted", Array.from({ length: count }, body));
  const further = new Map(more.map(({ name, pid }) => [name, pid]));
  const pids = new Map([...cluster.pids, ...further]);
  const signalSelectors = (signal: NodeJS.Signals) => {
    for (const [name, pid] of pids) if (name.startsWith("selector")) process.kill(pid, signal);
  };
  return {
    name: "Hodei",
    isDefault: false,
    variant: "Hodei",
    settings: `defaults, 1 process of each service, ${PROVIDERS} simulated providers with ${MAX_WORKERS} slots each`,
    pids,
    hold: () => signalSelectors("SIGSTOP"),
    letGo: () => signalSelectors("SIGCONT"),
    enqueue: publish,
    async submit(count) {
      if (count > 1) return await publish(count);
      const answer = await cluster.nats.request("job.submitted", body(), { timeout: 10_000 });
      if (answer.string().includes('"error"')) throw new Error(answer.string());
    },
    async settle() {
      const { state } = await streams.info(STATUS_STREAM, { subjects_filter: "job.status.*" });
      const others = Object.keys(state.subjects ?? {}).filter((subject) => subject !== "job.status.succeeded");
      if (others.length > 0) throw new Error(`jobs of the benchmark ended otherwise: ${others.join(", ")}`);
      await checkpoint(cluster.db);
    },
    handled: async () => (await announced()) - announcedBefore,
    async unfinished() {
      const { rows } = await cluster.db.query<{ left: number }>(
        `SELECT (SELECT count(*) FROM jobs WHERE is_waiting)::int
              + (SELECT count(*) FROM workers WHERE is_live)::int AS left`,
      );
      return rows[0]?.left ?? 0;
    },
    async delays() {
      const { rows } = await cluster.db.query<{ at: number; decided: number; started: number }>(
        `SELECT (j.spec -> 'metadata' ->> 'at')::float8 AS at, extract(epoch FROM w.requested_at)::float8 * 1000 AS decided,
                extract(epoch FROM w.running_at)::float8 * 1000 AS started
           FROM jobs j JOIN workers w ON w.job_id = j.id
          WHERE j.finished_at > to_timestamp($1)`,
        [askedAt / 1000],
      );
      askedAt = Date.now();
      return {
        decided: Float64Array.from(rows, ({ at, decided }) => decided - at),
        started: Float64Array.from(rows, ({ at, started }) => started - at),
      };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
