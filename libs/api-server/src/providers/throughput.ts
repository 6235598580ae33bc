import { create } from "@bufbuild/protobuf";
import { type Provider, type Throughput, ThroughputSchema } from "@hodei/api/provider";
import type { Store } from "@hodei/store";

/** Counted anew at most so often, for everybody who asks: a minute of a busy fleet is hundreds of thousands of rows. */
const KEPT_MS = 5_000;

/** Both parts by an index: `jobs_finished_idx`, and `workers_live_idx` for what still runs. */
const RECENT = `
SELECT provider_id AS id, count(*) FILTER (WHERE running_at > now() - interval '1 minute')::int AS started, count(finished_at)::int AS finished
  FROM (SELECT provider_id, running_at, finished_at FROM jobs WHERE finished_at > now() - interval '1 minute'
        UNION ALL
        SELECT provider_id, running_at, NULL FROM workers
         WHERE is_live AND running_at > now() - interval '1 minute') recent
 WHERE provider_id IS NOT NULL GROUP BY provider_id`;

/** How fast jobs go through each provider, by its id; one that had none in the last minute is not named. */
export type ReadThroughput = () => Promise<ReadonlyMap<string, Throughput>>;

export function makeReadThroughput({ pool }: Store): ReadThroughput {
  let counted: Promise<ReadonlyMap<string, Throughput>> | undefined;
  let countedAt = 0;
  return () => {
    if (counted && performance.now() - countedAt < KEPT_MS) return counted;
    countedAt = performance.now();
    const counting = count();
    // What failed is asked for again by the next.
    counting.catch(() => {
      if (counted === counting) counted = undefined;
    });
    counted = counting;
    return counting;
  };

  async function count(): Promise<ReadonlyMap<string, Throughput>> {
    const { rows } = await pool.query<{ id: string; started: number; finished: number }>(RECENT);
    return new Map(
      rows.map(({ id, started, finished }) => [
        id,
        create(ThroughputSchema, { startedPerMinute: started, finishedPerMinute: finished }),
      ]),
    );
  }
}

/** The same providers, with how fast jobs go through them. */
export async function withThroughput(providers: readonly Provider[], read: ReadThroughput): Promise<Provider[]> {
  const throughput = await read();
  return providers.map((provider) =>
    Object.assign(provider, { throughput: throughput.get(provider.id) ?? create(ThroughputSchema) }),
  );
}
