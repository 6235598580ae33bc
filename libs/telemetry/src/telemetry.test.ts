import { once } from "node:events";
import { createServer } from "node:http";
import { expect, test } from "vitest";
import {
  endSpan,
  isSampled,
  jobContextOf,
  keepSecret,
  logLevelOf,
  makeLogger,
  metrics,
  startSpan,
  startTracing,
  stepContext,
  traceIdOf,
} from "./index.ts";
import { readSampler, tracing } from "./tracing-state.ts";

const GIVEN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

const EDGE = {
  name: "edge",
  providerType: "docker",
  preferredRegion: "eu-west-1",
  status: "ACTIVE",
  activeWorkers: 2,
  maxWorkers: 4,
  health: "degraded",
} as const;

function linesOf(level: string, write: (logger: ReturnType<typeof makeLogger>) => void): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  write(makeLogger("selector", { level, destination: { write: (line: string) => void lines.push(JSON.parse(line)) } }));
  return lines;
}

test("a level is set for all services, or for one by its name", () => {
  expect(logLevelOf("debug", "selector")).toBe("debug");
  expect(logLevelOf("info,selector=debug", "selector")).toBe("debug");
  expect(logLevelOf("selector=debug,warn", "selector")).toBe("debug");
  expect(logLevelOf("info,selector=debug", "registry")).toBe("info");
  expect(() => logLevelOf("info,selector=loud", "registry")).toThrow(
    /"selector=loud" is not a log level; write one of/,
  );
});

test("no secret reaches a log line, however it got into its object", () => {
  const secret = "hunter2-hunter2";
  const error = Object.assign(new Error("refused"), { code: "EAUTH", config: { headers: { authorization: secret } } });
  const lines = linesOf("info", (logger) => {
    logger.info(
      { password: secret, auth: { token: secret }, a: { b: { api_key: secret } }, x: { y: { z: { secret } } } },
      "one",
    );
    logger.error({ err: error }, "two");
    logger.child({ credentials: { value: secret } }).info("three");
  });
  expect(lines).toHaveLength(3);
  expect(JSON.stringify(lines)).not.toContain(secret);
  expect(lines[1]).toMatchObject({
    level: "error",
    service: "selector",
    err: { type: "Error", message: "refused", code: "EAUTH" },
  });
});

test("a secret inside a text is taken out: in a URL, a header, a connection string, and wherever a resolved value stands", () => {
  const resolved = keepSecret('resolved "value" of a reference');
  const error = new Error("connect postgres://hodei:hunter2-hunter2@db:5432/hodei?sslpassword=hunter2-hunter2");
  const lines = linesOf("info", (logger) => {
    logger.error({ err: error, header: "Authorization: Bearer hunter2-hunter2" }, "nats://hunter2-hunter2@nats:4222");
    logger.info({ said: `it was ${resolved}` }, "host=db password='hunter2-hunter2' user=hodei");
  });
  const text = JSON.stringify(lines);
  expect(text).not.toContain("hunter2");
  expect(text).not.toContain("resolved");
  expect(lines[0]?.["msg"]).toBe("nats://[redacted]@nats:4222");
  expect(lines[1]).toMatchObject({ said: "it was [redacted]", msg: "host=db password=[redacted] user=hodei" });
});

test("what is no secret stays as it is", () => {
  const said = [
    "secrets.TOKEN: is not a reference; write env:NAME",
    'Unexpected token \'}\', "{"a":}" is not valid JSON',
    "see https://example.com/docs/@scope/name",
    "ops@example.com",
  ];
  const lines = linesOf("info", (logger) => {
    for (const text of said) logger.info(text);
  });
  expect(lines.map((line) => line["msg"])).toEqual(said);
});

test("every metric of the contract is there under its name, the failure reasons all at 0", async () => {
  metrics.observeFleet(() => [EDGE]);
  metrics.observeBus(async () => {
    throw new Error("NATS is away");
  });
  const text = await metrics.registry.metrics();
  for (const name of [
    "hodei_provider_health_status",
    "hodei_provider_active_workers",
    "hodei_provider_max_workers",
    "hodei_provider_selection_failures_total",
    "hodei_selection_duration_seconds",
    "hodei_job_wait_seconds",
    "hodei_worker_start_seconds",
    "hodei_jobs_total",
    "hodei_jobs",
    "hodei_health_check_duration_seconds",
    "hodei_bus_pending",
    "hodei_dead_letters_total",
  ]) {
    expect(text).toContain(`# TYPE ${name} `);
  }
  for (const reason of [
    "status",
    "health",
    "capacity",
    "resources",
    "type",
    "labels",
    "annotations",
    "regions",
    "excluded",
  ]) {
    expect(text).toContain(`hodei_provider_selection_failures_total{reason="${reason}"} 0`);
  }
  expect(text).toContain('hodei_provider_health_status{provider="edge",status="degraded"} 1');
  expect(text).toContain('hodei_provider_health_status{provider="edge",status="healthy"} 0');
});

test("a publisher's trace context is kept, and whoever has none gets a trace id", () => {
  expect(jobContextOf(GIVEN)).toBe(GIVEN);
  expect(traceIdOf(GIVEN)).toBe("0af7651916cd43dd8448eb211c80319c");
  expect(isSampled(GIVEN)).toBe(true);
  const own = jobContextOf("nonsense");
  expect(traceIdOf(own)).toMatch(/^[0-9a-f]{32}$/);
  expect(isSampled(own)).toBe(false);
  expect(traceIdOf("00-00000000000000000000000000000000-b7ad6b7169203331-01")).toBeUndefined();
});

test("a step of a job has the same context wherever it is worked out, another for another attempt, and none where nothing is recorded", () => {
  const worker = stepContext(GIVEN, "worker 1");
  expect(worker).toBe(stepContext(GIVEN, "worker 1"));
  expect(traceIdOf(worker)).toBe(traceIdOf(GIVEN));
  expect(worker).not.toBe(stepContext(GIVEN, "worker 2"));
  const unsampled = `${GIVEN.slice(0, -2)}00`;
  expect(stepContext(unsampled, "worker 1")).toBe(unsampled);
});

test("the standard sampler settings decide about a job once, when it comes in", () => {
  const unsampled = `${GIVEN.slice(0, -2)}00`;
  const share = (of: () => string) => Array.from({ length: 2_000 }, of).filter(isSampled).length / 2_000;
  tracing.isStarted = true;
  try {
    readSampler(undefined, undefined);
    expect([
      share(() => jobContextOf(null)),
      isSampled(jobContextOf(GIVEN)),
      isSampled(jobContextOf(unsampled)),
    ]).toEqual([1, true, false]);
    readSampler("parentbased_traceidratio", "0.25");
    expect(share(() => jobContextOf(null))).toBeCloseTo(0.25, 1);
    expect([isSampled(jobContextOf(GIVEN)), isSampled(jobContextOf(unsampled))]).toEqual([true, false]);
    readSampler("always_off", undefined);
    expect([share(() => jobContextOf(null)), isSampled(jobContextOf(GIVEN))]).toEqual([0, false]);
    readSampler("always_on", undefined);
    expect(isSampled(jobContextOf(unsampled))).toBe(true);
  } finally {
    tracing.isStarted = false;
    readSampler(undefined, undefined);
  }
});

test("with an OTLP endpoint, spans of one job leave as one trace under the ids that were promised", async () => {
  const bodies: string[] = [];
  const collector = createServer((request, response) => {
    request.setEncoding("utf8");
    let body = "";
    request.on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => {
      bodies.push(body);
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  }).listen(0, "127.0.0.1");
  await once(collector, "listening");
  const address = collector.address();
  const port = typeof address === "object" && address ? address.port : 0;
  expect(startSpan("before", { parent: GIVEN })).toBeUndefined();
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = `http://127.0.0.1:${port}`;
  process.env["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/json";
  const stop = await startTracing("selector");
  const traceparent = jobContextOf(undefined);
  expect(isSampled(traceparent)).toBe(true);
  const job = startSpan("job", { self: traceparent, begun: 1 });
  const child = startSpan("select", { parent: traceparent, attributes: { "hodei.job_id": "j-1" } });
  endSpan(child, "no provider");
  endSpan(job);
  expect(startSpan("unsampled", { parent: `${traceparent.slice(0, -2)}00` })).toBeUndefined();
  await stop();
  collector.close();
  const spans = bodies.flatMap((body) =>
    JSON.parse(body).resourceSpans.flatMap((resource: { scopeSpans: { spans: object[] }[] }) =>
      resource.scopeSpans.flatMap((scope) => scope.spans),
    ),
  );
  const [traceId, spanId] = [traceparent.slice(3, 35), traceparent.slice(36, 52)];
  expect(spans).toContainEqual(expect.objectContaining({ name: "job", traceId, spanId }));
  expect(spans).toContainEqual(expect.objectContaining({ name: "select", traceId, parentSpanId: spanId }));
  expect(spans).toHaveLength(2);
});
