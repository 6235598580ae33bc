import { create } from "@bufbuild/protobuf";
import { type PlanRequest, type PlanResponse, PlanResponseSchema } from "@hodei/api/job";
import { storedJobSpec } from "@hodei/contracts";
import { type FleetProvider, placeNaively, requirementsOf } from "@hodei/placement";
import { readFleet, type Store, schema } from "@hodei/store";
import { and, asc, inArray } from "drizzle-orm";
import { invalidField } from "../shared/refuse.ts";
import { changedFleet } from "./changed-fleet.ts";

const { jobs } = schema;
/** Job ids named at most, of each kind. */
const NAMED_JOBS = 10_000;

/** See `JobService.Plan`: decided once per requirement class, however many jobs wait in it. */
export async function planChange(store: Store, { changes }: PlanRequest): Promise<PlanResponse> {
  if (changes.length === 0) throw invalidField("changes", "is empty; write what would change");
  const [before, after, classes] = await Promise.all([
    readFleet(store.pool),
    changedFleet(store, changes),
    waitingClasses(store),
  ]);
  const [emptyBefore, emptyAfter] = [emptied(before), emptied(after)];
  const freed: string[] = [];
  const stranded: string[] = [];
  const counts = { waiting: 0, freed: 0, stranded: 0 };
  for (const { classId, spec, excluded, count } of classes) {
    counts.waiting += count;
    const requirements = requirementsOf(storedJobSpec(spec), excluded);
    if (!isPlaced(requirements, before) && isPlaced(requirements, after)) {
      freed.push(classId);
      counts.freed += count;
    }
    // Who waits has no room now either: what counts is whether there is anybody to wait for.
    if (isPlaced(requirements, emptyBefore) && !isPlaced(requirements, emptyAfter)) {
      stranded.push(classId);
      counts.stranded += count;
    }
  }
  return create(PlanResponseSchema, {
    waiting: counts.waiting,
    freedJobs: BigInt(counts.freed),
    strandedJobs: BigInt(counts.stranded),
    freedJobIds: await jobsOf(store, freed),
    strandedJobIds: await jobsOf(store, stranded),
  });
}

function isPlaced(requirements: Parameters<typeof placeNaively>[0], fleet: readonly FleetProvider[]): boolean {
  return placeNaively(requirements, fleet).placed;
}

/** The fleet with nothing running on it. */
function emptied(fleet: readonly FleetProvider[]): FleetProvider[] {
  const reserved = { cpuMillis: 0, memoryBytes: 0, gpu: 0 };
  return fleet.map((provider) => ({ ...provider, activeWorkers: 0, reserved }));
}

/** One waiting job stands for its class. */
async function waitingClasses({ pool }: Store) {
  const { rows } = await pool.query<{ classId: string; spec: unknown; excluded: string[]; count: number }>(
    `SELECT DISTINCT ON (class_id) class_id AS "classId", spec, excluded_providers AS excluded,
            (count(*) OVER (PARTITION BY class_id))::int AS count
       FROM jobs WHERE is_waiting ORDER BY class_id, priority DESC, submitted_at, id`,
  );
  return rows;
}

async function jobsOf({ db }: Store, classIds: readonly string[]): Promise<string[]> {
  if (classIds.length === 0) return [];
  const rows = await db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(jobs.isWaiting, inArray(jobs.classId, [...classIds])))
    .orderBy(asc(jobs.submittedAt))
    .limit(NAMED_JOBS);
  return rows.map(({ id }) => id);
}
