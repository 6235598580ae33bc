/** What we stamp on each container: whose it is, and which worker. */
export const LABELS = {
  managed: "hodei.dev/managed",
  cluster: "hodei.dev/cluster",
  provider: "hodei.dev/provider",
  jobId: "hodei.dev/job-id",
  attempt: "hodei.dev/attempt",
} as const;

/** A list or event filter for the containers of one provider of one cluster: nothing else is ever looked at. */
export function ownedBy(clusterId: string, providerId: string): { label: string[] } {
  return { label: [`${LABELS.cluster}=${clusterId}`, `${LABELS.provider}=${providerId}`] };
}
