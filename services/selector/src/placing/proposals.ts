import type { RequirementClass } from "@hodei/admission";
import { DEFAULT_TIMEOUT_SECONDS, type JobSpec, type Resources } from "@hodei/contracts";
import type { Fleet } from "@hodei/placement";
import type { PlacementProposal, ProviderTotal } from "@hodei/store";
import { epochMs, isRecorded, metrics } from "@hodei/telemetry";
import { traceDecision } from "../tracing/trace-decision.ts";
import type { DecisionLedger } from "./decision-ledger.ts";

/** A job that somebody is looked for. */
export interface Candidate {
  jobId: string;
  /** The attempt that would be made. */
  attempt: number;
  traceparent: string | null;
  requirementClass: RequirementClass;
  spec: JobSpec;
}

interface Proposed {
  proposal: PlacementProposal | null;
}

/** Slots taken in memory, until the database has had its word on them. */
export interface Proposals {
  /** Decides for one job and takes the slot in memory; `null` where nobody could take it. */
  propose(candidate: Candidate): PlacementProposal | null;
  giveBack(proposal: PlacementProposal): void;
  /** A statement that failed reserved nothing, or so much that its redelivery finds it: the slots taken in memory are free again. */
  givingBack<T>(proposed: readonly Proposed[], statement: () => Promise<T>): Promise<T>;
  /** Total capabilities of the providers that are proposed, for the check in the database. */
  totalsOf(proposed: readonly Proposed[]): ProviderTotal[];
}

export function makeProposals(fleet: Fleet, ledger: DecisionLedger): Proposals {
  function giveBack(proposal: PlacementProposal): void {
    if (fleet.get(proposal.providerId)) fleet.release(proposal.providerId, proposal.amounts);
  }

  return {
    giveBack,
    propose(candidate) {
      const { requirementClass, spec } = candidate;
      const { classId } = requirementClass;
      const begun = isRecorded(candidate.traceparent) ? epochMs() : 0;
      metrics.decisions.inc();
      const decision = fleet.decide(requirementClass.requirements, classId);
      const explanation = ledger.note(requirementClass);
      const provider = decision.placed ? fleet.get(decision.providerId) : undefined;
      traceDecision(candidate, begun, { decision, provider, explanation, classId, fleetVersion: fleet.version });
      if (!decision.placed || !provider) return null;
      const amounts = amountsOf(spec.resources, provider.defaultResources);
      fleet.reserve(provider.id, amounts);
      const longest = Math.min(DEFAULT_TIMEOUT_SECONDS, provider.longestRunSeconds ?? DEFAULT_TIMEOUT_SECONDS);
      return {
        providerId: provider.id,
        step: decision.step,
        rank: decision.rank,
        amounts,
        runSeconds: spec.timeoutSeconds ?? longest,
      };
    },
    async givingBack(proposed, statement) {
      try {
        return await statement();
      } catch (error) {
        for (const { proposal } of proposed) if (proposal) giveBack(proposal);
        throw error;
      }
    },
    totalsOf(proposed) {
      const ids = new Set(proposed.flatMap(({ proposal }) => (proposal ? [proposal.providerId] : [])));
      return [...ids].map((providerId) => ({ providerId, total: fleet.get(providerId)?.capabilities.total ?? {} }));
    },
  };
}

function amountsOf(asked: Resources, fallback: Resources): Required<Resources> {
  return {
    cpuMillis: asked.cpuMillis ?? fallback.cpuMillis ?? 0,
    memoryBytes: asked.memoryBytes ?? fallback.memoryBytes ?? 0,
    gpu: asked.gpu ?? fallback.gpu ?? 0,
  };
}
