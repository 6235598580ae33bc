import { create } from "@bufbuild/protobuf";
import { type Decision, DecisionSchema } from "@hodei/api/job";
import type { Explanation } from "@hodei/placement";

/** A decision with its reasons, as a message. */
export function decisionMessage(explanation: Explanation): Decision {
  const { decision, providers } = explanation;
  const chosen = decision.placed ? providers.find(({ providerId }) => providerId === decision.providerId) : undefined;
  return create(DecisionSchema, {
    placed: decision.placed,
    ...(decision.placed && {
      providerId: decision.providerId,
      providerName: chosen?.name ?? decision.rank.name,
      fallbackStep: decision.step,
      rankPriority: decision.rank.priority,
      rankActiveWorkers: decision.rank.activeWorkers,
      rankMaxWorkers: decision.rank.maxWorkers,
      rankHealth: decision.rank.health,
    }),
    candidates: explanation.candidates,
    eligible: explanation.eligible,
    providers: providers.map(({ providerId, name, refusals }) => ({ providerId, providerName: name, refusals })),
    omitted: explanation.omitted,
    hints: explanation.hints,
    refusedBy: explanation.refusedBy,
  });
}
