import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SUBJECTS } from "@hodei/contracts";
import { startSpan, startTracing } from "@hodei/telemetry";
import {
  type OtlpReceiver,
  otlpReceiver,
  type ReceivedSpan,
  type TestCluster,
  testCluster,
  waitFor,
} from "@hodei/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let receiver: OtlpReceiver;
let cluster: TestCluster;
beforeAll(async () => {
  receiver = await otlpReceiver();
  cluster = await testCluster({ env: receiver.env });
  await cluster.addProvider({ name: "first", provider_type: "process", priority: 5 });
  await cluster.addProvider({ name: "second", provider_type: "process", required_labels: { pool: "second" } });
});
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

const PUBLISHER = { trace: "4bf92f3577b34da6a3ce929d0e0e4736", span: "00f067aa0ba902b7" };

async function publish(traceparent: string | undefined, ...jobs: { job_id: string; [key: string]: unknown }[]) {
  await cluster.bus.publish(
    jobs.map((body) => ({
      subject: SUBJECTS.jobSubmitted,
      messageId: body.job_id,
      body,
      ...(traceparent && { traceparent }),
    })),
  );
}

/**
 * Waits until the trace has a span of each of these names, and each one's parent too: every service sends its spans when it likes,
 * a child may come before its parent.
 */
async function traceWith(traceId: string, ...names: string[]): Promise<ReceivedSpan[]> {
  return await waitFor(`the trace to have ${names.join(", ")}, and all their parents`, () => {
    const spans = receiver.spans.filter((span) => span.traceId === traceId);
    const parents = new Set(["", PUBLISHER.span, ...spans.map((span) => span.spanId)]);
    const isWhole = spans.every((span) => parents.has(span.parentSpanId));
    return isWhole && names.every((name) => spans.some((span) => span.name === name)) && spans;
  });
}

function named(spans: readonly ReceivedSpan[], name: string): ReceivedSpan[] {
  return spans.filter((span) => span.name === name);
}

function traceIdOfJob(traceparent: unknown): string {
  return String(traceparent).slice(3, 35);
}

/** A job's life that goes well, as a publisher that traces sees it. */
const TREE = [
  "order received",
  "  process job.submitted",
  "    admit-jobs",
  "    hodei.decide",
  "    hodei.worker",
  "      hodei.run",
  "      provider.start",
  "      send worker.status.exited",
  "        process worker.status.exited",
  "          send job.status.succeeded",
  "          settle-workers",
  "      send worker.status.running",
  "        process worker.status.running",
  "          advance-workers",
  "    send worker.provision",
  "      process worker.provision",
  "        claim-workers",
];

test("a job's life is one connected tree below its publisher's span, over four processes", async () => {
  const gate = join(cluster.home, "traced.gate");
  const stop = await startPublisher();
  const span = startSpan("order received", { self: `00-${PUBLISHER.trace}-${PUBLISHER.span}-01` });
  await publish(`00-${PUBLISHER.trace}-${PUBLISHER.span}-01`, {
    job_id: "traced",
    command: ["sh", "-c", `echo "$TRACEPARENT"; until [ -e ${gate} ]; do sleep 0.02; done`],
  });
  span?.end();
  await cluster.reaches("traced", "RUNNING");
  await writeFile(gate, "");
  await cluster.reaches("traced", "SUCCEEDED");
  await stop();
  const spans = await traceWith(PUBLISHER.trace, ...TREE.map((line) => line.trim()));
  const ids = new Map(spans.map((each) => [each.spanId, each]));
  expect(ids.size).toBe(spans.length);
  expect(spans.filter((each) => each.parentSpanId === "").map((each) => each.name)).toEqual(["order received"]);
  expect(spans.filter((each) => each.parentSpanId !== "" && !ids.has(each.parentSpanId))).toEqual([]);
  expect(new Set(spans.map((each) => each.service))).toEqual(
    new Set(["hodei-publisher", "hodei-selector", "hodei-provisioner"]),
  );
  expect(tree(spans)).toEqual(TREE);
  // What the worker itself traces goes on below its own span.
  const output: string[] = [];
  for await (const entry of cluster.bus.readJobLogs("traced", { follow: false, signal: AbortSignal.timeout(10_000) }))
    output.push(entry.text);
  expect(output.join("")).toBe(`00-${PUBLISHER.trace}-${named(spans, "hodei.worker")[0]?.spanId}-01\n`);
});

test("a job that came by the API has the registry's span on top, below the caller's", async () => {
  const trace = "7".repeat(32);
  const response = await fetch(`${cluster.service("registry").url}/hodei.v1.JobService/SubmitJob`, {
    method: "POST",
    headers: { "content-type": "application/json", traceparent: `00-${trace}-${PUBLISHER.span}-01` },
    body: JSON.stringify({ spec: { job_id: "by-api", command: ["true"] } }),
  });
  expect(response.status).toBe(200);
  await cluster.reaches("by-api", "SUCCEEDED");
  const spans = await traceWith(trace, "process job.submitted", "hodei.worker", "send job.status.succeeded");
  const ids = new Set([PUBLISHER.span, ...spans.map((span) => span.spanId)]);
  expect(spans.filter((span) => !ids.has(span.parentSpanId))).toEqual([]);
  const top = spans.filter((span) => span.parentSpanId === PUBLISHER.span);
  expect(top.map(({ name, service }) => [name, service])).toEqual([["send job.submitted", "hodei-registry"]]);
});

test("the decision is on its span: how many providers there were, how many could, who was taken and by which step", async () => {
  await publish(`00-${PUBLISHER.trace.replace("4", "5")}-${PUBLISHER.span}-01`, {
    job_id: "decided",
    command: ["true"],
    required_labels: { pool: "second" },
  });
  const job = await cluster.reaches("decided", "SUCCEEDED");
  const [decided] = named(await traceWith(traceIdOfJob(job["traceparent"]), "hodei.decide"), "hodei.decide");
  expect(decided?.attributes).toMatchObject({
    "hodei.job_id": "decided",
    "hodei.attempt": 1,
    "hodei.candidates": 2,
    "hodei.eligible": 1,
    "hodei.provider": "second",
    "hodei.provider_type": "process",
    "hodei.fallback_step": "R3",
    "hodei.class_id": job["class_id"],
    "hodei.fleet_version": expect.any(String),
  });
});

test("spans say what they are in OpenTelemetry's words for messages and databases, and hold no values", async () => {
  const spans = await traceWith(PUBLISHER.trace, "send job.status.succeeded");
  const [process] = named(spans, "process job.submitted");
  expect(process).toMatchObject({
    kind: 5,
    attributes: {
      "messaging.system": "nats",
      "messaging.operation.type": "process",
      "messaging.destination.name": "job.submitted",
      "messaging.consumer.group.name": "selector-job-submitted",
    },
  });
  expect(named(spans, "send worker.provision")[0]).toMatchObject({
    kind: 4,
    attributes: { "messaging.operation.type": "send", "messaging.destination.name": "worker.provision" },
  });
  expect(named(spans, "admit-jobs")[0]).toMatchObject({
    kind: 3,
    attributes: { "db.system.name": "postgresql", "db.query.summary": "admit-jobs" },
  });
  expect(named(spans, "provider.start")[0]).toMatchObject({ kind: 3, attributes: { "hodei.provider": "first" } });
});

test("each further attempt links to the worker before it, and a failure says its code", async () => {
  await publish(undefined, {
    job_id: "again",
    command: ["sh", "-c", '[ "$HODEI_ATTEMPT" = 2 ] || exit 5'],
    retry: { max_attempts: 2, backoff_seconds: 0 },
  });
  const job = await cluster.reaches("again", "SUCCEEDED");
  const spans = await traceWith(traceIdOfJob(job["traceparent"]), "send job.status.succeeded", "reserve-waiting");
  const workers = await waitFor("both workers' spans", () => {
    const found = named(receiver.spans, "hodei.worker").filter((span) => span.attributes["hodei.job_id"] === "again");
    return found.length === 2 && found.toSorted((a, b) => Number(a.begun - b.begun));
  });
  const [first, second] = workers;
  expect(first).toMatchObject({ failed: true, links: [], attributes: { "error.type": "EXIT_NONZERO" } });
  expect(second).toMatchObject({ failed: false, links: [{ traceId: first?.traceId, spanId: first?.spanId }] });
  // Nobody published a context: the selector's own span is the root.
  expect(spans.filter((span) => span.parentSpanId === "").map((span) => span.name)).toEqual(["process job.submitted"]);
});

test("jobs that come in one batch keep their own traces; the batch has a span that links to each of them", async () => {
  await cluster.service("selector").kill("SIGKILL");
  const traces = Array.from({ length: 20 }, (_, i) => (i + 16).toString(16).padStart(32, "b"));
  for (const [i, trace] of traces.entries())
    await publish(`00-${trace}-${PUBLISHER.span}-01`, { job_id: `batch-${i}`, command: ["true"] });
  await cluster.start("selector");
  await Promise.all(traces.map((_, i) => cluster.reaches(`batch-${i}`, "SUCCEEDED")));
  for (const trace of traces) await traceWith(trace, "process job.submitted");
  const batch = await waitFor("a batch's span", () =>
    receiver.spans.find((span) => span.name === "process job.submitted" && span.links.length > 1),
  );
  expect(traces).not.toContain(batch.traceId);
  expect(batch.attributes["messaging.batch.message_count"]).toBe(batch.links.length);
  for (const link of batch.links) {
    const member = receiver.spans.find((span) => span.spanId === link.spanId && span.traceId === link.traceId);
    expect(traces).toContain(link.traceId);
    expect(member).toMatchObject({
      parentSpanId: PUBLISHER.span,
      links: [{ traceId: batch.traceId, spanId: batch.spanId }],
    });
  }
});

test("a job whose publisher does not record it leaves no span at all, and keeps its trace id", async () => {
  const trace = "9".repeat(32);
  await publish(`00-${trace}-${PUBLISHER.span}-00`, { job_id: "unrecorded", command: ["true"] });
  const job = await cluster.reaches("unrecorded", "SUCCEEDED");
  expect(job["traceparent"]).toBe(`00-${trace}-${PUBLISHER.span}-00`);
  // A recorded one after it has arrived whole.
  await publish(undefined, { job_id: "recorded", command: ["true"] });
  const after = await cluster.reaches("recorded", "SUCCEEDED");
  await traceWith(traceIdOfJob(after["traceparent"]), "hodei.worker", "send job.status.succeeded");
  expect(receiver.spans.filter((span) => span.traceId === trace)).toEqual([]);
  expect(receiver.refused).toEqual([]);
});

test("every line about a job has its id and its trace id", async () => {
  const line = await cluster
    .service("selector")
    .logged("the selection", ({ msg }) => msg === "Selected provider first for job recorded");
  const [job] = await cluster.database.query("SELECT traceparent FROM jobs WHERE id = 'recorded'");
  expect(line).toMatchObject({ job_id: "recorded", attempt: 1, trace_id: traceIdOfJob(job?.["traceparent"]) });
});

/** This process as a publisher that traces. */
async function startPublisher() {
  Object.assign(process.env, receiver.env);
  return await startTracing("publisher");
}

/** Names, indented below their parents. */
function tree(spans: readonly ReceivedSpan[], parent = "", indent = ""): string[] {
  return spans
    .filter((span) => span.parentSpanId === parent)
    .toSorted((a, b) => a.name.localeCompare(b.name))
    .flatMap((span) => [indent + span.name, ...tree(spans, span.spanId, `${indent}  `)]);
}
