import { JobSpec } from "@hodei/contracts";
import { type FleetProvider, type Requirements, requirementsOf } from "@hodei/placement";

const REGIONS = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-south-1", "ap-east-1"];
const TYPES = ["docker", "kubernetes", "docker", "process"];

/** `count` providers of mixed types, regions, labels, priorities, sizes and loads; the same every time. */
export function mixedFleet(count: number): FleetProvider[] {
  return Array.from({ length: count }, (_, i): FleetProvider => {
    const region = REGIONS[i % REGIONS.length] ?? "";
    const maxWorkers = 20 + ((i * 7) % 80);
    const activeWorkers = (i * 13) % maxWorkers;
    const type = TYPES[i % TYPES.length] ?? "docker";
    return {
      id: `00000000-0000-4000-8000-${i.toString(16).padStart(12, "0")}`,
      name: `provider-${i}`,
      providerType: type,
      status: i % 50 === 49 ? "DISABLED" : "ACTIVE",
      configErrors: [],
      health: i % 33 === 32 ? "degraded" : i % 71 === 70 ? "unhealthy" : "healthy",
      priority: i % 3,
      maxWorkers,
      activeWorkers,
      preferredRegion: i % 4 === 3 ? null : region,
      allowedRegions: i % 5 === 0 ? [] : [region, REGIONS[(i + 1) % REGIONS.length] ?? ""],
      requiredLabels: {
        environment: i % 3 === 0 ? "production" : "staging",
        ...(i % 10 === 0 && { gpu: "a100" }),
        team: `team-${i % 7}`,
      },
      annotations: i % 4 === 0 ? { compliance: "soc2" } : {},
      capabilities: {
        perWorker: { cpuMillis: 8_000, memoryBytes: 32 * 2 ** 30, gpu: i % 10 === 0 ? 4 : 0 },
        total: i % 2 === 0 ? { cpuMillis: maxWorkers * 1_000, memoryBytes: maxWorkers * 2 ** 31 } : {},
        ...(i % 6 === 5 ? { architecture: "arm64" as const } : { architecture: "amd64" as const }),
      },
      defaultResources: { cpuMillis: 250, memoryBytes: 128 * 2 ** 20 },
      reserved: { cpuMillis: activeWorkers * 250, memoryBytes: activeWorkers * 128 * 2 ** 20, gpu: 0 },
      longestRunSeconds: null,
      runsImages: type !== "process",
      needsImage: false,
      takesPayload: false,
      hasDefaultImage: true,
      generation: 1,
    };
  });
}

/** Ten kinds of jobs, from those anybody takes to those that few do. */
export function mixedJobs(): Requirements[] {
  const command = ["true"];
  const bodies = [
    { command },
    { command, preferred_region: "eu-west-1" },
    { command, preferred_region: "us-east-1", required_labels: { environment: "production" } },
    { command, allowed_regions: ["us-east-1", "us-west-2"] },
    { command, required_labels: { environment: "staging" }, resources: { cpu: "500m", memory: "256Mi" } },
    { command, required_annotations: { compliance: "soc2" } },
    { command, provider_type: "kubernetes", image: "busybox" },
    { command, architecture: "arm64" },
    { command, resources: { cpu: 1, memory: "1Gi" }, allowed_regions: ["ap-south-1"], preferred_region: "ap-east-1" },
    { command, required_labels: { gpu: "a100" } },
  ];
  return bodies.map((body) => requirementsOf(JobSpec.parse(body)));
}
