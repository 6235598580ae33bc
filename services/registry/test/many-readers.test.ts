import { constants } from "node:http2";
import { Code, createClient } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { JobService } from "@hodei/api/job";
import { type TestCluster, testCluster, waitFor } from "@hodei/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sleepingReader } from "./sleeping-reader.ts";

const JOBS = 1_000;
const LOGS = 100;
/** Who reads everything, and does not keep still. */
const LISTENERS = 4;
/** Who asked for everything, and reads nothing of it. */
const SLEEPERS = 20;
/** Changes of all jobs: more than the registry keeps for who does not read. */
const ROUNDS = 14;
/** What the registry may take beyond what it had before anybody came: 150 MiB for its 1,100 streams, and what is not collected yet. */
const MOST_MEMORY = 512 * 2 ** 20;

const stack = new AsyncDisposableStack();
/** Ends every reader. */
const leaving = new AbortController();
let cluster: TestCluster;
let baseUrl: string;
beforeAll(async () => {
  // Nobody is cut off here, however long the test takes.
  const env = { HODEI_STALLED_READER_SECONDS: "3600" };
  cluster = stack.use(await testCluster({ services: ["registry"], env }));
  baseUrl = cluster.service("registry").url;
  await cluster.database.query(
    `INSERT INTO jobs (id, state, spec, body_sha256, class_id, failure_message)
     SELECT 'job-' || i, 'PENDING', '{}', 'x', 'x', repeat('why ', 100) FROM generate_series(1, ${JOBS}) AS i`,
  );
});
afterAll(() => stack.disposeAsync());

const idOf = (i: number) => `job-${i + 1}`;
const everyJob = Array.from({ length: JOBS }, (_, i) => idOf(i));

/** A client on a connection of its own: streams that share one also share what may be on its way. */
function client(url = baseUrl) {
  const sessionManager = new Http2SessionManager(url);
  stack.defer(() => {
    leaving.abort();
    sessionManager.abort();
  });
  return createClient(JobService, createGrpcTransport({ baseUrl: url, sessionManager }));
}

/** Changes jobs, and says so as a selector does. */
async function change(round: number, ids: readonly string[]): Promise<void> {
  await cluster.database.query("UPDATE jobs SET priority = $1 WHERE id = ANY($2)", [round, ids]);
  for (const job_id of ids)
    cluster.bus.notify("job.status.pending", { job_id, state: "PENDING", attempt: 0, at: new Date().toISOString() });
}

/** Reads a stream to its end beside the test. @returns the last priority that each job was seen with */
function seenBy(jobs: ReturnType<typeof client>, request: { jobIds?: string[] }) {
  const { signal } = leaving;
  const seen = new Map<string, number>();
  untilLeaving(async () => {
    for await (const message of jobs.watch({ ...request, snapshot: true }, { signal }))
      for (const job of message.jobs) seen.set(job.id, job.priority);
  });
  return seen;
}

/** Beside the test; what fails before its end fails it. */
function untilLeaving(read: () => Promise<void>): void {
  read().catch((error: unknown) => {
    if (!leaving.signal.aborted) throw error;
  });
}

async function logLine(jobId: string, offset: number): Promise<void> {
  const text = `${offset}\n`;
  const at = new Date().toISOString();
  const entry = { job_id: jobId, attempt: 1, stream: "stdout" as const, offset, bytes: 1, at, text };
  await cluster.bus.publishJobLog([entry], { sequence: 0, positions: {} });
}

async function memoryBytes(): Promise<number> {
  const text = await (await fetch(`${baseUrl}/metrics`)).text();
  return Number(/^process_resident_memory_bytes(?:\{.*\})? (\S+)$/m.exec(text)?.[1]);
}

test("a thousand watchers and a hundred log followers are served in bounded memory; who does not read is told so", async () => {
  const before = await memoryBytes();
  const clients = Array.from({ length: 10 }, () => client());
  const of = (i: number) => clients[i % clients.length] ?? client();
  const watchers = everyJob.map((id, i) => ({ id, seen: seenBy(of(i), { jobIds: [id] }) }));
  const listeners = Array.from({ length: LISTENERS }, () => seenBy(client(), {}));
  await using sleeping = new AsyncDisposableStack();
  const sleepers = await Promise.all(Array.from({ length: SLEEPERS }, () => sleepingReader(baseUrl)));
  for (const sleeper of sleepers) sleeping.use(sleeper);

  const logs = everyJob.slice(0, LOGS).map((jobId, i) => ({ jobId, offsets: [] as bigint[], jobs: of(i) }));
  await Promise.all(logs.map(({ jobId }) => logLine(jobId, 0)));
  const { signal } = leaving;
  for (const { jobId, offsets, jobs } of logs)
    untilLeaving(async () => {
      for await (const { offset } of jobs.logs({ jobId, follow: true }, { signal })) offsets.push(offset);
    });
  await waitFor("the first line of each log", () => logs.every(({ offsets }) => offsets.length === 1));
  await waitFor("every snapshot", () =>
    [...watchers.map(({ seen }) => seen), ...listeners].every(({ size }) => size > 0),
  );

  for (let round = 1; round <= ROUNDS; round += 1) {
    await change(round, everyJob);
    const isWhole = (seen: Map<string, number>) => everyJob.every((id) => seen.get(id) === round);
    await waitFor(`round ${round}`, () => listeners.every(isWhole));
  }
  await waitFor("the last news of each job", () => watchers.every(({ id, seen }) => seen.get(id) === ROUNDS));
  await Promise.all(logs.map(({ jobId }) => logLine(jobId, 1)));
  await waitFor("the last line of each log", () => logs.every(({ offsets }) => offsets.length === 2));
  expect(watchers.every(({ seen }) => seen.size === 1)).toBe(true);
  expect((await memoryBytes()) - before).toBeLessThan(MOST_MEMORY);

  // What was on its way to those who slept is still theirs; then they hear why there is no more.
  const message = "more than 10000 changes were not read in time; read faster, or watch less, and begin again";
  for (const sleeper of sleepers)
    expect(await sleeper.wake()).toEqual({ status: Code.ResourceExhausted, message, reset: undefined });
});

test("whoever takes nothing of what waits for him is cut off, and others are not", async () => {
  await using registry = await cluster.start("registry", { HODEI_STALLED_READER_SECONDS: "1" });
  const awake = seenBy(client(registry.url), { jobIds: [idOf(0)] });
  await using asleep = await sleepingReader(registry.url);
  await waitFor("the snapshot", () => awake.size > 0);
  await registry.logged("that it cut somebody off", ({ msg }) => msg.includes("takes nothing of what it asked for"));
  expect(await asleep.wake()).toMatchObject({ status: undefined, reset: constants.NGHTTP2_ENHANCE_YOUR_CALM });
  await change(100, [idOf(0)]);
  await waitFor("news for the other", () => awake.get(idOf(0)) === 100);
});

test("whoever watches first hears what happens right after the first picture", async () => {
  await using registry = await cluster.start("registry");
  for (let round = 200; round < 220; round += 1) {
    const going = new AbortController();
    const signal = AbortSignal.any([going.signal, AbortSignal.timeout(60_000)]);
    const request = { jobIds: [idOf(0)], snapshot: true };
    const watch = client(registry.url).watch(request, { signal })[Symbol.asyncIterator]();
    await watch.next();
    await change(round, [idOf(0)]);
    const { value } = await watch.next();
    expect(value?.jobs[0]?.priority).toBe(round);
    going.abort();
  }
});
