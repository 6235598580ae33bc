import { create } from "@bufbuild/protobuf";
import { type ListWaitingResponse, ListWaitingResponseSchema } from "@hodei/api/job";
import { storedJobSpec } from "@hodei/contracts";
import { askingJob, explain, requirementsOf, waysOut } from "@hodei/placement";
import { readFleet, type Store } from "@hodei/store";
import { pageSizeOf } from "../shared/pages.ts";
import { timestamp } from "../shared/timestamps.ts";
import { decisionMessage } from "./decision-message.ts";

/** Providers spelled out for each class. */
const EXPLAINED_PROVIDERS = 50;

interface ClassRow {
  class_id: string;
  jobs: number;
  oldest: Date;
  next_job_id: string;
  spec: unknown;
  excluded: string[];
  total: number;
}

const TEXT = `
WITH classes AS (
  SELECT class_id, count(*)::int AS jobs, min(submitted_at) AS oldest FROM jobs WHERE is_waiting GROUP BY class_id
)
SELECT c.*, n.id AS next_job_id, n.spec, n.excluded_providers AS excluded, (SELECT coalesce(sum(jobs), 0)::int FROM classes) AS total
  FROM classes c CROSS JOIN LATERAL (
    SELECT id, spec, excluded_providers FROM jobs j WHERE j.class_id = c.class_id AND j.is_waiting
     ORDER BY j.priority DESC, j.submitted_at, j.id LIMIT 1) n
 ORDER BY c.jobs DESC, c.class_id LIMIT $1`;

/** See `JobService.ListWaiting`: one decision per class, however many jobs wait in it. */
export async function listWaiting({ pool }: Store, pageSize: number): Promise<ListWaitingResponse> {
  const [{ rows }, fleet] = await Promise.all([
    pool.query<ClassRow>({ text: TEXT, values: [pageSizeOf(pageSize)] }),
    readFleet(pool),
  ]);
  return create(ListWaitingResponseSchema, {
    jobs: BigInt(rows[0]?.total ?? 0),
    classes: rows.map((row) => {
      const spec = storedJobSpec(row.spec);
      const explanation = explain(requirementsOf(spec, row.excluded), fleet, { limit: EXPLAINED_PROVIDERS });
      return {
        classId: row.class_id,
        jobs: BigInt(row.jobs),
        nextJobId: row.next_job_id,
        decision: decisionMessage(explanation),
        remedies: waysOut(explanation, fleet, askingJob(row.next_job_id, spec)).map(({ command }) => command),
        ...timestamp("oldestSubmittedAt", row.oldest),
      };
    }),
  });
}
