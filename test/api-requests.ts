import type { TestCluster } from "@hodei/testing";
import { waitFor } from "@hodei/testing";

/** One request that the documentation shows, in the order in which they are made: each finds what those before it left. */
export interface ShownRequest {
  call: string;
  /** Where a call is shown more than once: what this one shows. */
  title?: string;
  /** What has to have happened first. */
  before?: (cluster: TestCluster) => Promise<unknown>;
  request: Record<string, unknown>;
  /** Of a stream that goes on: the message after which it is left. */
  until?: string;
}

const PROVIDER = {
  name: "build-host",
  providerType: "process",
  // A check may be slow on a busy machine, and is healthy all the same.
  config: { type: "process", health_check_config: { timeout_seconds: 120 } },
  priority: 10,
  maxWorkers: 4,
  preferredRegion: "eu-west-1",
  requiredLabels: { environment: "production" },
};
const JOB = {
  jobId: "nightly-42",
  command: ["sh", "-c", "echo hello from $HODEI_PROVIDER"],
  resources: { cpu: "500m", memory: "256Mi" },
  requiredLabels: { environment: "production" },
};
const provider = { providerId: "build-host" };
const job = { jobId: "nightly-42" };

async function hasChecked(cluster: TestCluster): Promise<void> {
  await cluster.start("health");
  await waitFor("the first check", async () => {
    const rows = await cluster.database.query("SELECT 1 FROM provider_health h WHERE h.health = 'healthy'");
    return rows.length > 0;
  });
}

/** The selector has looked at the job that waits, so that there is a decision to show. */
async function isDecided(cluster: TestCluster): Promise<void> {
  await waitFor("a decision", async () => {
    const rows = await cluster.database.query(
      "SELECT 1 FROM jobs j JOIN placements p ON p.class_id = j.class_id WHERE j.state = 'PENDING'",
    );
    return rows.length > 0;
  });
}

const healthIsGone = (cluster: TestCluster) => cluster.service("health").kill("SIGTERM");

/** Every call of the API, each at least once. */
export const SHOWN_REQUESTS: readonly ShownRequest[] = [
  { call: "ProviderService.RegisterProvider", request: { config: PROVIDER } },
  {
    call: "ProviderService.RegisterProvider",
    title: "A request that is not valid is refused, field by field",
    request: { config: { name: "GPU host", providerType: "Docker", config: { type: "docker" }, maxWorkers: -1 } },
  },
  {
    call: "ProviderService.RegisterProvider",
    title: "A configuration that is not one keeps its provider, takes no work, and says why",
    request: {
      config: { name: "gpu host", providerType: "docker", config: { type: "docker", socket: "/run/d.sock" } },
    },
  },
  { call: "ProviderService.GetProvider", before: hasChecked, request: provider },
  { call: "ProviderService.ListProviders", request: { region: "eu-west-1", withCapacity: true } },
  {
    call: "ProviderService.UpdateProvider",
    request: { ...provider, config: { maxWorkers: 8 }, updateMask: "maxWorkers", generation: "1" },
  },
  {
    call: "ProviderService.UpdateProvider",
    title: "Somebody else was faster: the generation is no longer the present one",
    request: { ...provider, config: { maxWorkers: 16 }, updateMask: "maxWorkers", generation: "1" },
  },
  { call: "ProviderService.ListProviderHistory", request: provider },
  { call: "ProviderService.RollbackProvider", request: { ...provider, generation: "1" } },
  { call: "ProviderService.CheckProvider", request: provider },
  { call: "ProviderService.SetMaintenance", before: healthIsGone, request: provider },
  { call: "JobService.SubmitJob", request: { spec: JOB, idempotencyKey: "nightly of 31 January" } },
  { call: "JobService.Explain", before: isDecided, request: job },
  {
    call: "JobService.Explain",
    title: "Where would a job go that is not submitted? Nothing runs",
    request: { spec: { command: ["true"] }, changes: [{ ...provider, config: { status: "PROVIDER_STATUS_ACTIVE" } }] },
  },
  { call: "JobService.ListWaiting", request: {} },
  {
    call: "JobService.Plan",
    request: { changes: [{ ...provider, config: { status: "PROVIDER_STATUS_ACTIVE" }, updateMask: "status" }] },
  },
  { call: "ProviderService.GetFleetStats", request: {} },
  { call: "ProviderService.EnableProvider", request: provider },
  { call: "JobService.GetJob", before: (cluster) => cluster.reaches("nightly-42", "SUCCEEDED"), request: job },
  { call: "JobService.GetJob", title: "A job that is not there", request: { jobId: "nightly-24" } },
  { call: "JobService.ListJobs", request: { states: ["JOB_STATE_SUCCEEDED"], pageSize: 10 } },
  { call: "JobService.Logs", request: { ...job, follow: true } },
  {
    call: "JobService.ListRejected",
    before: async (cluster) => {
      await cluster.submit({ job_id: "nightly-99", command: ["true"], resources: { memory: "4GB" } });
      await waitFor("its refusal", async () => {
        const rows = await cluster.database.query("SELECT 1 FROM dead_letters WHERE job_id = 'nightly-99'");
        return rows.length > 0;
      });
    },
    request: {},
  },
  { call: "JobService.Watch", request: { jobIds: ["nightly-42"], snapshot: true }, until: "synced" },
  { call: "ProviderService.DisableProvider", request: provider },
  { call: "JobService.RetryJob", request: job },
  {
    call: "JobService.CancelJob",
    before: (cluster) => cluster.submit({ job_id: "nightly-43", command: ["true"] }).then(() => isDecided(cluster)),
    request: { jobId: "nightly-43", reason: "superseded by nightly-44" },
  },
  { call: "ProviderService.DrainProvider", request: provider },
  { call: "ProviderService.WatchProviders", request: {}, until: "synced" },
  { call: "ProviderService.DeleteProvider", request: provider },
  { call: "TokenService.CreateToken", request: { name: "ci", role: "ROLE_OPERATOR" } },
  { call: "TokenService.ListTokens", request: {} },
  { call: "TokenService.RevokeToken", request: { tokenId: "ci" } },
];
