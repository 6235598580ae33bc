import type { Fleet, FleetProvider } from "@hodei/placement";
import type { PlacementProposal } from "@hodei/store";
import { jobFields, type Logger } from "@hodei/telemetry";

/** A worker that was reserved and now waits for a provisioner. */
export interface PlacedJob {
  jobId: string;
  attempt: number;
  provider: FleetProvider;
  traceparent: string | null;
}

/** Says in the log where a job goes. @returns one, or none where its provider was removed meanwhile: the sweep finds its worker */
export function placedJob(
  { fleet, logger }: { fleet: Fleet; logger: Logger },
  { jobId, attempt, traceparent }: Omit<PlacedJob, "provider">,
  { providerId }: PlacementProposal,
): PlacedJob[] {
  const provider = fleet.get(providerId);
  if (!provider) return [];
  logger.info(
    { ...jobFields(jobId, traceparent, attempt), provider: provider.name },
    `Selected provider ${provider.name} for job ${jobId}`,
  );
  return [{ jobId, attempt, provider, traceparent }];
}
