import type { Explanation } from "./decision.ts";
import type { FleetProvider } from "./fleet-provider.ts";
import { type AskingJob, type Remedy, remediesOf } from "./remedies.ts";

/** Providers whose way out is spelled out. */
const NEAREST = 3;
const MOST = 6;

/** What would unblock a job that waits: of the providers that one rule keeps from it, else of the one that misses least. Pure. */
export function waysOut(
  { decision, providers }: Explanation,
  fleet: readonly FleetProvider[],
  job: AskingJob,
): Remedy[] {
  if (decision.placed) return [];
  const near = providers.filter(({ refusals }) => refusals.length === 1).slice(0, NEAREST);
  const byId = new Map(fleet.map((provider) => [provider.id, provider]));
  const ways = (near.length > 0 ? near : providers.slice(0, 1)).flatMap(({ providerId, refusals }) => {
    const provider = byId.get(providerId);
    return provider ? refusals.flatMap((refusal) => remediesOf(refusal, provider, job)) : [];
  });
  return [...new Map(ways.map((way) => [way.command, way])).values()].slice(0, MOST);
}
