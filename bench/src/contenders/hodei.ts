import type { BenchCluster } from "../cluster/bench-cluster.ts";
import { publishPipelined } from "../cluster/publish-pipelined.ts";
import type { Contender } from "./contender.ts";
import { tidyPostgres } from "./tidy-postgres.ts";

const PROVIDERS = 10;
const MAX_WORKERS = 5_000;
const STATUS_STREAM = "HODEI_STATUS";
const SUCCEEDED = "job.status.succeeded";

/** Hodei with providers that run nothing. Held is its selector: submitted jobs wait in JetStream. */
export async function openHodei(cluster: BenchCluster): Promise<Contender> {
  await cluster.addProviders(
    Array.from({ length: PROVIDERS }, (_, i) => ({
      name: `simulated-${i}`,
      config: { type: "simulated" },
      maxWorkers: MAX_WORKERS,
    })),
  );
  const streams = (await cluster.nats.jetstreamManager()).streams;
  const announced = async () => {
    const { state } = await streams.info(STATUS_STREAM, { subjects_filter: SUCCEEDED });
    return state.subjects?.[SUCCEEDED] ?? 0;
  };
  const announcedBefore = await announced();
  let submitted = 0;
  let askedAt = Date.now();
  const body = () => {
    submitted += 1;
    return JSON.stringify({ job_id: `bench-${submitted}`, command: ["true"], metadata: { at: String(Date.now()) } });
  };
  const publish = (count: number) =>
    publishPipelined(cluster.nats, "job.submitted", Array.from({ length: count }, body));
  const selector = cluster.pids.get("selector") ?? 0;
  return {
    name: "Hodei",
    isDefault: false,
    variant: "Hodei",
    settings: `defaults, 1 process of each service, ${PROVIDERS} simulated providers with ${MAX_WORKERS} slots each`,
    pids: cluster.pids,
    hold: () => void process.kill(selector, "SIGSTOP"),
    letGo: () => void process.kill(selector, "SIGCONT"),
    enqueue: publish,
    async submit(count) {
      if (count > 1) return await publish(count);
      const answer = await cluster.nats.request("job.submitted", body(), { timeout: 10_000 });
      if (answer.string().includes('"error"')) throw new Error(answer.string());
    },
    tidy: () => tidyPostgres(cluster.db),
    handled: async () => (await announced()) - announcedBefore,
    async unfinished() {
      const { rows } = await cluster.db.query<{ left: number }>(
        "SELECT count(*)::int AS left FROM jobs WHERE state IN ('PENDING', 'PROVISIONING', 'RUNNING')",
      );
      return rows[0]?.left ?? 0;
    },
    async delays() {
      const { rows } = await cluster.db.query<{ delay: number }>(
        `SELECT extract(epoch FROM w.running_at)::float8 * 1000 - (j.spec -> 'metadata' ->> 'at')::float8 AS delay
           FROM jobs j JOIN workers w ON w.job_id = j.id
          WHERE j.finished_at > to_timestamp($1)`,
        [askedAt / 1000],
      );
      askedAt = Date.now();
      return Float64Array.from(rows, ({ delay }) => delay);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
