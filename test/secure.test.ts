import { archiveJobs, dropArchivedDays } from "@hodei/store";
import {
  hodeiWith,
  type SecureServers,
  type ServiceName,
  type ServiceProcess,
  scratchDirectory,
  secureServers,
  startService,
  waitFor,
} from "@hodei/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const SERVICES: readonly ServiceName[] = ["registry", "selector", "health", "provisioner"];

const stack = new AsyncDisposableStack();
const services: ServiceProcess[] = [];
let servers: SecureServers;
let home: string;

beforeAll(async () => {
  servers = stack.use(await secureServers());
  home = stack.use(await scratchDirectory()).path;
  for (const name of SERVICES)
    services.push(stack.use(await startService(name, { ...servers.environmentOf(name), HODEI_HOME: home })));
  await servers.database.query(
    `INSERT INTO provider_configs (name, provider_type, config) VALUES ('local', 'process', '{"type": "process"}')`,
  );
});
afterAll(() => stack.disposeAsync());

const hodei = (...args: string[]) => hodeiWith({ ...servers.environmentOf("cli"), HODEI_HOME: home }, ...args);

const stateOf = async (jobId: string) =>
  (await servers.database.query("SELECT state FROM jobs WHERE id = $1", [jobId]))[0]?.["state"];

type Nats = Awaited<ReturnType<SecureServers["natsAs"]>>;

/** Whether the server lets that user do it. A refusal comes before the answer to what was sent after it. */
async function isAllowed(user: string, act: (connection: Nats) => void): Promise<boolean> {
  await using connection = await servers.natsAs(user);
  const refused = firstRefusal(connection);
  act(connection);
  const isThrough = connection.flush().then(() => connection.flush());
  return await Promise.race([refused.then(() => false), isThrough.then(() => true)]);
}

async function firstRefusal(connection: Nats): Promise<void> {
  for await (const status of connection.status()) if (status.type === "error") return;
}

const mayPublish = (user: string, subject: string) => isAllowed(user, (nats) => nats.publish(subject, "{}"));
const mayHear = (user: string, subject: string) =>
  isAllowed(user, (nats) => void nats.subscribe(subject, { callback: () => undefined }));

describe("with TLS, a user and a role for each service", () => {
  test("a job runs to its end with its output and exit code, and a provider is checked on request", async () => {
    const run = await hodei("run", "--", "sh", "-c", "echo hello; exit 3");
    expect(run).toMatchObject({ code: 3, stdout: "hello\n" });
    expect(await hodei("providers", "check", "local")).toMatchObject({ code: 0 });
  });

  test("a running job is cancelled", async () => {
    const jobId = (await hodei("run", "--detach", "--", "sleep", "600")).stdout.trim();
    await waitFor("the job to run", async () => (await stateOf(jobId)) === "RUNNING");
    expect(await hodei("jobs", "cancel", jobId)).toMatchObject({ code: 0 });
    await waitFor("the job to be cancelled", async () => (await stateOf(jobId)) === "CANCELLED");
  });

  test("a program that may only submit hears how its job ended", async () => {
    await using nats = await servers.natsAs("submitter");
    const ends = nats.subscribe("job.status.*");
    const job = { job_id: "from-a-program", command: ["true"] };
    await nats.request("job.submitted", JSON.stringify(job));
    for await (const { subject, data } of ends) {
      if (!Buffer.from(data).toString().includes(job.job_id) || subject === "job.status.running") continue;
      if (subject === "job.status.provisioning" || subject === "job.status.pending") continue;
      expect(subject).toBe("job.status.succeeded");
      break;
    }
  });

  test("the API registers, checks, changes and deletes providers, and runs and cancels jobs", async () => {
    const call = async (method: string, body: object) => {
      const answer = await fetch(`${services[0]?.url}/hodei.v1.${method}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      expect({ method, status: answer.status, body: await answer.text() }).toMatchObject({ status: 200 });
    };
    const config = { name: "by-api", providerType: "process", config: { type: "process" } };
    await call("ProviderService/RegisterProvider", { config });
    await call("ProviderService/CheckProvider", { providerId: "by-api" });
    await call("ProviderService/DisableProvider", { providerId: "by-api" });
    await call("ProviderService/EnableProvider", { providerId: "by-api" });
    await call("ProviderService/DisableProvider", { providerId: "by-api" });
    await call("ProviderService/DeleteProvider", { providerId: "by-api" });
    await call("JobService/SubmitJob", { spec: { jobId: "by-api", command: ["sleep", "600"] } });
    await waitFor("the job to run", async () => (await stateOf("by-api")) === "RUNNING");
    await call("JobService/CancelJob", { jobId: "by-api" });
    await waitFor("the job to be cancelled", async () => (await stateOf("by-api")) === "CANCELLED");
  });

  test("nothing that the services do is refused to them", async () => {
    for (const service of services) {
      expect(await (await fetch(`${service.url}/metrics`)).text()).toContain("process_cpu");
      const refusals = service.lines.filter((line) =>
        /permission|refused something|not authori/i.test(JSON.stringify(line)),
      );
      expect(refusals).toEqual([]);
    }
  });

  test.each([
    ["provisioner", "job.submitted"],
    ["provisioner", "job.status.succeeded"],
    ["provisioner", "worker.provision"],
    ["health", "worker.status.exited"],
    ["health", "provider.changed"],
    ["registry", "worker.provision"],
    ["registry", "provider.health"],
    ["selector", "job.submitted"],
    ["selector", "worker.status.exited"],
    ["selector", "job.log.some-job"],
    ["cli", "job.status.succeeded"],
    ["submitter", "worker.status.exited"],
    ["submitter", "$JS.API.STREAM.INFO.HODEI_JOBS"],
    ["provisioner", "$JS.API.STREAM.PURGE.HODEI_JOBS"],
    ["provisioner", "$JS.API.CONSUMER.MSG.NEXT.HODEI_JOBS.selector-job-submitted"],
    ["selector", "$JS.API.STREAM.DELETE.HODEI_JOBS"],
    ["health", "$JS.API.STREAM.UPDATE.HODEI_JOBS"],
    ["cli", "$JS.API.STREAM.CREATE.HODEI_JOBS"],
  ])("NATS refuses what %s says on %s", async (user, subject) => {
    expect(await mayPublish(user, subject)).toBe(false);
  });

  test.each([
    ["provisioner", "job.submitted"],
    ["health", "job.log.*"],
    ["health", "_HODEI_INBOX.selector.>"],
    ["registry", "worker.provision"],
    ["cli", "_HODEI_INBOX.>"],
    ["submitter", "_HODEI_INBOX.selector.>"],
    ["submitter", ">"],
  ])("NATS does not let %s listen to %s", async (user, subject) => {
    expect(await mayHear(user, subject)).toBe(false);
  });

  test("NATS lets each say and hear what is its own", async () => {
    expect(await mayHear("selector", "provider.health")).toBe(true);
    expect(await mayHear("provisioner", "worker.terminate")).toBe(true);
    expect(await mayPublish("health", "provider.health")).toBe(true);
  });

  test("NATS takes nobody without a password, and nobody trusts a server that the authority does not know", async () => {
    await expect(servers.natsAs("cli", { pass: "guessed" })).rejects.toThrow(/authori/i);
    await expect(servers.natsAs("cli", { tls: {} })).rejects.toThrow(/certificate/i);
  });

  test.each([
    ["hodei_provisioner", "UPDATE workers SET state = 'EXITED'"],
    ["hodei_provisioner", "DELETE FROM jobs"],
    ["hodei_selector", "UPDATE provider_configs SET status = 'ACTIVE'"],
    ["hodei_health", "UPDATE provider_configs SET max_workers = 0"],
    ["hodei_health", "UPDATE jobs SET state = 'FAILED'"],
    ["hodei_selector", "SELECT * FROM api_tokens"],
    ["hodei_registry", "UPDATE provider_configs SET active_workers = 0"],
    ["hodei_registry", "UPDATE jobs SET state = 'FAILED'"],
    ["hodei_registry", "CREATE TABLE mine ()"],
    ["hodei_registry", "DELETE FROM jobs"],
    ["hodei_registry", "SELECT hodei_drop_archive_days(86400)"],
    ["hodei_provisioner", "SELECT hodei_make_archive_days('{2026-01-01}')"],
    ["hodei_selector", "DELETE FROM jobs_archive"],
    ["hodei_selector", "DROP TABLE jobs_archive"],
  ])("PostgreSQL refuses %s: %s", async (role, statement) => {
    await using client = await servers.postgresAs(role);
    await expect(client.query(statement)).rejects.toMatchObject({ code: "42501" });
  });

  test("PostgreSQL lets the selector archive old jobs, and drop what is too old", async () => {
    await servers.database.query(
      `INSERT INTO jobs (id, state, spec, body_sha256, class_id, submitted_at, finished_at)
       VALUES ('old', 'SUCCEEDED', '{}', '', '', now() - interval '50 hours', now() - interval '49 hours')`,
    );
    await using client = await servers.postgresAs("hodei_selector");
    await client.query("BEGIN");
    await archiveJobs(client, 86_400);
    await client.query("COMMIT");
    expect(await servers.database.query("SELECT id FROM jobs_archive")).toEqual([{ id: "old" }]);
    await dropArchivedDays(client, 86_400);
    expect(await servers.database.query("SELECT id FROM all_jobs WHERE id = 'old'")).toEqual([]);
  });

  test("PostgreSQL takes nobody without TLS", async () => {
    await expect(servers.postgresAs("hodei_selector", "disable")).rejects.toThrow(/no encryption/);
  });
});
