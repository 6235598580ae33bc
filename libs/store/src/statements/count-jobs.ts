import type { JobState } from "@hodei/contracts";
import type { Queryable } from "../queryable.ts";

/** How many jobs are in each state that is not final; finished ones are counted as they finish. */
export async function countJobs(db: Queryable): Promise<[JobState, number][]> {
  const { rows } = await db.query<{ state: JobState; jobs: number }>({
    name: "count-jobs",
    text: `SELECT s.state, count(j.id)::int AS jobs
             FROM (VALUES ('PENDING'), ('PROVISIONING'), ('RUNNING')) AS s(state)
             LEFT JOIN jobs j ON j.state = s.state AND j.state IN ('PENDING', 'PROVISIONING', 'RUNNING')
            GROUP BY s.state`,
  });
  return rows.map((row) => [row.state, row.jobs]);
}
