import type { RequirementClass } from "@hodei/admission";
import { type Explanation, explain, type Fleet, formatRefusal } from "@hodei/placement";
import { type PlacementRecord, type Queryable, recordPlacements } from "@hodei/store";
import { jobFields, type Logger, metrics } from "@hodei/telemetry";
import { LRUCache } from "lru-cache";

/** Providers spelled out in one stored explanation; the counts cover all of them. */
const EXPLAINED_PROVIDERS = 100;
/** One that is still used is written down again after this, so that it is not taken for old. */
const WRITTEN_MS = 86_400_000;

/**
 * Remembers why each requirement class was decided as it was on each fleet version, once (design §4 "Explain"): the first decision of a
 * pair explains, the rest cost a look-up.
 */
export interface DecisionLedger {
  /** Notes a decision that was made on the fleet as it stands. @returns its reasons */
  note(requirementClass: RequirementClass): Explanation;
  /** Notes that a job found nobody: log line, metric, reasons. */
  noteRefused(job: { jobId: string; traceparent: string | null }, requirementClass: RequirementClass): void;
  /** Writes what was noted since the last call. */
  flush(): Promise<void>;
}

export function makeDecisionLedger(db: Queryable, fleet: Fleet, logger: Logger): DecisionLedger {
  const explained = new LRUCache<string, Explanation>({ max: 2_000, ttl: WRITTEN_MS, ttlResolution: 60_000 });
  const unwritten: PlacementRecord[] = [];

  function explanationOf({ classId, requirements }: RequirementClass): Explanation {
    const key = `${classId} ${fleet.version}`;
    let explanation = explained.get(key);
    if (!explanation) {
      explanation = explain(requirements, fleet.all(), { limit: EXPLAINED_PROVIDERS });
      explained.set(key, explanation);
      unwritten.push({ classId, fleetVersion: fleet.version, requirements, explanation });
    }
    return explanation;
  }

  return {
    note: explanationOf,
    noteRefused({ jobId, traceparent }, requirementClass) {
      const fields = jobFields(jobId, traceparent);
      const explanation = explanationOf(requirementClass);
      if (explanation.nearestReason) metrics.selectionFailures.inc({ reason: explanation.nearestReason });
      logger.info({ ...fields, refused_by: explanation.refusedBy }, `No available providers for job ${jobId}`);
      if (!logger.isLevelEnabled("debug")) return;
      for (const provider of explanation.providers) {
        logger.debug(
          { ...fields, provider: provider.name, refusals: provider.refusals.map(formatRefusal) },
          "provider refused",
        );
      }
    },
    async flush() {
      if (unwritten.length === 0) return;
      const records = unwritten.splice(0);
      try {
        await recordPlacements(db, records);
      } catch (error) {
        unwritten.unshift(...records);
        throw error;
      }
    },
  };
}
