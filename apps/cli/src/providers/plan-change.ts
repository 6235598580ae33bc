import { JobSpec } from "@hodei/contracts";
import { type FleetProvider, placeNaively, requirementsOf } from "@hodei/placement";
import { readFleet, type Store, schema } from "@hodei/store";
import { eq } from "drizzle-orm";

/** What a change of a provider would do to the jobs that wait (design §4 "What if"). */
export interface Plan {
  waiting: number;
  /** Jobs that wait now and would be placed. */
  freed: string[];
  /** Jobs that would be placed now and would wait. */
  stranded: string[];
}

/** Decides for every waiting job on the fleet as it is and as it would be; writes nothing. */
export async function planChange(store: Store, change: (provider: FleetProvider) => FleetProvider): Promise<Plan> {
  const fleet = await readFleet(store.pool);
  const changed = fleet.map(change);
  const { jobs } = schema;
  const waiting = await store.db
    .select({ id: jobs.id, spec: jobs.spec, excluded: jobs.excludedProviders })
    .from(jobs)
    .where(eq(jobs.state, "PENDING"));
  const plan: Plan = { waiting: waiting.length, freed: [], stranded: [] };
  for (const job of waiting) {
    const requirements = requirementsOf(JobSpec.parse(job.spec), job.excluded);
    const before = placeNaively(requirements, fleet).placed;
    const after = placeNaively(requirements, changed).placed;
    if (!before && after) plan.freed.push(job.id);
    if (before && !after) plan.stranded.push(job.id);
  }
  return plan;
}
