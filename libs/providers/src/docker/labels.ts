/** What we stamp on each container: whose it is, and which worker. */
export const LABELS = {
  managed: "hodei.dev/managed",
  cluster: "hodei.dev/cluster",
  provider: "hodei.dev/provider",
  jobId: "hodei.dev/job-id",
  attempt: "hodei.dev/attempt",
  /** On containers that were started empty (warm): its value is the word that ends what they wait for. */
  warm: "hodei.dev/warm",
} as const;

/** Names of warm containers that nobody has taken. No job id holds an underscore, so no worker is ever called like one. */
const WARM_PREFIX = "hodei_warm_";

export function warmName(id: string): string {
  return `${WARM_PREFIX}${id}`;
}

export function isWarmName(name: string): boolean {
  return name.startsWith(WARM_PREFIX);
}

/** A list or event filter for the containers of one provider of one cluster: nothing else is ever looked at. */
export function ownedBy(clusterId: string, providerId: string): { label: string[] } {
  return { label: [`${LABELS.cluster}=${clusterId}`, `${LABELS.provider}=${providerId}`] };
}
