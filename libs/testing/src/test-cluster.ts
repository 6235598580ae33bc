import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Bus, openBus } from "@hodei/bus";
import { isFinalJobState, type JobState, JobStatus, SUBJECTS } from "@hodei/contracts";
import { makeLogger } from "@hodei/telemetry";
import { scratchDirectory } from "./scratch-directory.ts";
import { type ServiceName, type ServiceProcess, startService } from "./service-process.ts";
import { type TestDatabase, testDatabase } from "./test-database.ts";
import { type TestNats, testNats } from "./test-nats.ts";
import { HopelessError, waitFor, within } from "./wait-for.ts";

/** Real PostgreSQL, real nats-server and services as processes, all of this test's own. */
export interface TestCluster extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly nats: TestNats;
  readonly bus: Bus;
  /** Every `job.status.*` message that was heard. */
  readonly statuses: readonly JobStatus[];
  readonly home: string;
  /** `unprivileged`: as a user for whom the modes of files count, whoever runs the test. */
  start(name: ServiceName, env?: Record<string, string>, options?: { unprivileged?: boolean }): Promise<ServiceProcess>;
  service(name: ServiceName): ServiceProcess;
  addProvider(row: ProviderRow): Promise<string>;
  /** Publishes jobs to NATS. */
  submit(...jobs: readonly object[]): Promise<void>;
  /** Waits for a job to reach one of these states, in its row. */
  reaches(jobId: string, ...states: JobState[]): Promise<JobRow>;
  /** Waits until no job of the database is unfinished. */
  allFinished(count: number, deadlineMs?: number): Promise<void>;
}

export interface ProviderRow {
  name: string;
  provider_type: string;
  config?: object;
  priority?: number;
  max_workers?: number;
  preferred_region?: string;
  allowed_regions?: string[];
  required_labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface JobRow {
  id: string;
  state: JobState;
  attempt: number;
  provider_name: string | null;
  exit_code: number | null;
  failure_code: string | null;
  failure_message: string | null;
  [column: string]: unknown;
}

const ALL: readonly ServiceName[] = ["registry", "selector", "health", "provisioner"];

/** Starts the services named, with short claims and sweeps so that recoveries need no patience. */
export async function testCluster({
  services = ALL,
  env = {},
  openDatabase = testDatabase,
}: {
  services?: readonly ServiceName[];
  env?: Record<string, string>;
  /** Another database than a clone of the run's template. */
  openDatabase?: () => Promise<TestDatabase>;
} = {}): Promise<TestCluster> {
  const stack = new AsyncDisposableStack();
  try {
    const database = stack.use(await openDatabase());
    const nats = stack.use(await testNats());
    const home = stack.use(await scratchDirectory()).path;
    stack.defer(() => endWorkers(home));
    const logger = makeLogger("test", "silent");
    const connect = () => openBus({ url: nats.url, name: "test", logger });
    const bus = stack.use(await within("the bus to open", 60_000, connect));
    const statuses: JobStatus[] = [];
    const listening = new AbortController();
    stack.defer(() => listening.abort());
    bus.subscribe(
      "job.status.*",
      ({ data }) => void statuses.push(JobStatus.parse(JSON.parse(Buffer.from(data).toString()))),
      listening.signal,
    );
    const running: ServiceProcess[] = [];
    const start = async (name: ServiceName, more: Record<string, string> = {}, options = {}) => {
      const settings = {
        HODEI_DATABASE_URL: database.url,
        HODEI_NATS_URL: nats.url,
        HODEI_HOME: home,
        HODEI_ALLOW_SIMULATED: "1",
        HODEI_CLAIM_SECONDS: "2",
        HODEI_SWEEP_SECONDS: "1",
        ...env,
        ...more,
      };
      const service = await startService(name, settings, options);
      running.push(service);
      return service;
    };
    stack.defer(async () => {
      await Promise.all(running.map((service) => service[Symbol.asyncDispose]()));
    });
    await Promise.all(services.map((name) => start(name)));
    const owned = stack.move();

    return {
      database,
      nats,
      bus,
      statuses,
      home,
      start,
      service(name) {
        const found = running.findLast((service) => service.name === name);
        if (!found) throw new Error(`${name} was not started`);
        return found;
      },
      async addProvider(row) {
        const columns = Object.entries({ config: { type: row.provider_type }, ...row });
        const [inserted] = await database.query<{ id: string }>(
          `INSERT INTO provider_configs (${columns.map(([name]) => name).join(", ")}) VALUES (${columns.map((_, i) => `$${i + 1}`).join(", ")}) RETURNING id`,
          columns.map(([, value]) => (typeof value === "object" ? JSON.stringify(value) : value)),
        );
        const id = inserted?.id ?? "";
        if (running.some((service) => service.name === "registry")) {
          await waitFor(
            `${row.name} to be validated`,
            async () =>
              (await database.query("SELECT 1 FROM provider_configs WHERE id = $1 AND config_errors IS NOT NULL", [id]))
                .length > 0,
          );
        } else {
          await database.query("UPDATE provider_configs SET config_errors = '[]' WHERE id = $1", [id]);
        }
        return id;
      },
      async submit(...jobs) {
        await bus.publish(
          jobs.map((body, i) => ({
            subject: SUBJECTS.jobSubmitted,
            messageId: "job_id" in body ? String(body.job_id) : `m-${Date.now()}-${i}`,
            body,
          })),
        );
      },
      async reaches(jobId, ...states) {
        return await waitFor(`${jobId} to be ${states.join(" or ")}`, async () => {
          const [job] = await database.query<JobRow>("SELECT * FROM jobs WHERE id = $1", [jobId]);
          if (job && states.includes(job.state)) return job;
          if (job && isFinalJobState(job.state))
            throw new HopelessError(`${jobId} is ${job.state}: ${job.failure_code} ${job.failure_message}`);
          return undefined;
        });
      },
      async allFinished(count, deadlineMs = 90_000) {
        await waitFor(
          `${count} jobs to finish`,
          async () => {
            const [row] = await database.query<{ finished: number }>(
              "SELECT count(*)::int AS finished FROM jobs WHERE finished_at IS NOT NULL",
            );
            return row?.finished === count;
          },
          deadlineMs,
        );
      },
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Workers outlive their provisioner by design; what a failed test left running must not outlive the test. */
async function endWorkers(home: string): Promise<void> {
  for await (const path of glob("providers/*/workers/*/started", { cwd: home })) {
    const pid = Number((await readFile(join(home, path), "utf8")).split(" ")[0]);
    try {
      if (pid > 0) process.kill(-pid, "SIGKILL");
    } catch {
      // It has ended, as it should.
    }
  }
}
