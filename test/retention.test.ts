import { hodei, type TestCluster, testCluster, waitFor } from "@hodei/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await testCluster({ services: ["registry", "provisioner"] });
  await startSelector();
  await cluster.addProvider({ name: "local", provider_type: "process" });
});
afterAll(() => cluster[Symbol.asyncDispose]());

/** One that looks for jobs to archive every 2.4 seconds. */
const startSelector = () => cluster.start("selector", { HODEI_SWEEP_SECONDS: "0.2" });
const isArchived = async (jobId: string) =>
  (await cluster.database.query("SELECT 1 FROM jobs_archive WHERE id = $1", [jobId])).length > 0;

/** Makes a finished job two days older and waits for the selector to move it. */
async function ageAndArchive(jobId: string): Promise<void> {
  await cluster.database.query(
    "UPDATE jobs SET submitted_at = submitted_at - interval '2 days', finished_at = finished_at - interval '2 days' WHERE id = $1",
    [jobId],
  );
  await waitFor(`${jobId} to be archived`, () => isArchived(jobId));
  expect(await cluster.database.query("SELECT id FROM jobs WHERE id = $1", [jobId])).toEqual([]);
  expect(await cluster.database.query("SELECT job_id FROM workers WHERE job_id = $1", [jobId])).toEqual([]);
}

test("a job of the archive is shown, explained, listed and submitted again as any other, and its log is there", async () => {
  await cluster.submit({ job_id: "old", command: ["sh", "-c", "echo kept; exit 4"] });
  await cluster.reaches("old", "FAILED");
  await ageAndArchive("old");
  expect((await hodei(cluster, "jobs", "get", "old")).stdout).toMatch(
    /^old {2}FAILED[\s\S]*hodei-old-1 +local +EXITED +4 /,
  );
  expect((await hodei(cluster, "jobs", "explain", "old")).stdout).toMatch(/attempt 1: local by R3/);
  expect((await hodei(cluster, "jobs", "list")).stdout).toMatch(/^old +FAILED +local/m);
  expect((await hodei(cluster, "jobs", "logs", "old")).stdout).toContain("kept");
  const cancel = await hodei(cluster, "jobs", "cancel", "old");
  expect(cancel).toMatchObject({ code: 1, stderr: expect.stringContaining("job old is FAILED already") });
  const again = (await hodei(cluster, "jobs", "retry", "old")).stdout.trim();
  expect(await cluster.reaches(again, "FAILED")).toMatchObject({ exit_code: 4 });
});

test("a late report and a late cancel of an archived job change nothing, and what came with them is handled", async () => {
  await cluster.submit({ job_id: "gone", command: ["true"] }, { job_id: "here", command: ["sleep", "600"] });
  await cluster.reaches("gone", "SUCCEEDED");
  await ageAndArchive("gone");
  const row = () => cluster.database.query("SELECT * FROM all_jobs WHERE id = 'gone'");
  const before = await row();
  await cluster.reaches("here", "RUNNING");
  const end = { attempt: 1, provider_id: before[0]?.["provider_id"], at: new Date().toISOString() };
  const ends = [
    { ...end, job_id: "gone", state: "FAILED", code: "WORKER_LOST" },
    { ...end, job_id: "here", state: "FAILED", code: "EXIT_NONZERO", exit_code: 7 },
  ];
  await cluster.bus.publishItems("worker.status.failed", ends, { messageIdOf: (each) => `${each.job_id}.late` });
  expect(await cluster.reaches("here", "FAILED")).toMatchObject({ exit_code: 7 });
  await cluster.bus.publish([{ subject: "job.cancel", messageId: "late", body: { job_id: "gone" } }]);
  await cluster
    .service("selector")
    .logged("that the cancel was late", ({ msg }) => msg === "Cancel of job gone came too late: it is SUCCEEDED");
  expect(await row()).toEqual(before);
  expect(await cluster.database.query("SELECT * FROM dead_letters")).toEqual([]);
});

test("the id of an archived job may be given to another", async () => {
  await cluster.submit({ job_id: "again", command: ["true"] });
  await cluster.reaches("again", "SUCCEEDED");
  await ageAndArchive("again");
  await cluster.bus.publish([
    { subject: "job.submitted", messageId: "again-2", body: { job_id: "again", command: ["sh", "-c", "exit 9"] } },
  ]);
  expect(await cluster.reaches("again", "FAILED")).toMatchObject({ exit_code: 9 });
  expect((await hodei(cluster, "jobs", "get", "again")).stdout).toMatch(/^again {2}FAILED/);
});

test("jobs past their time are dropped, also when the selector is killed while it moves them, and none of the others is lost", async () => {
  const selector = cluster.service("selector");
  await cluster.database.query(
    `INSERT INTO jobs (id, state, spec, body_sha256, class_id, submitted_at, finished_at)
     SELECT 'm-' || n, 'SUCCEEDED', '{"command": ["true"]}', '', '', at, at + interval '1 minute'
       FROM generate_series(1, 6000) n, LATERAL (SELECT now() - make_interval(days => CASE WHEN n % 2 = 0 THEN 3 ELSE 60 END, secs => n)) t(at)`,
  );
  await waitFor("some to be moved", () => isArchived("m-6000").then((is) => is || isArchived("m-5999")));
  await selector.kill("SIGKILL");
  await startSelector();
  const counts = async () =>
    (
      await cluster.database.query(
        `SELECT (SELECT count(*)::int FROM jobs WHERE id LIKE 'm-%') AS left,
                (SELECT count(*)::int FROM all_jobs WHERE id LIKE 'm-%' AND finished_at < now() - interval '31 days') AS old,
                (SELECT count(DISTINCT id)::int FROM jobs_archive WHERE id LIKE 'm-%') AS kept`,
      )
    )[0];
  await waitFor("all to be moved and the old ones dropped", async () => {
    const { left, old } = (await counts()) ?? {};
    return left === 0 && old === 0;
  });
  expect(await counts()).toEqual({ left: 0, old: 0, kept: 3000 });
  const shown = await (await fetch(`${cluster.service("selector").url}/metrics`)).text();
  expect(shown).toMatch(/^hodei_jobs_archived_total [1-9]/m);
});
