import { randomBytes } from "node:crypto";
import {
  type Attributes,
  context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import { isSampled, traceIdOf } from "./traceparent.ts";
import { readSampler, tracing } from "./tracing-state.ts";

/** Longest that the end waits for the last spans to leave. */
const SHUTDOWN_MS = 2_000;

/**
 * Starts OpenTelemetry when `OTEL_EXPORTER_OTLP_ENDPOINT` (or the traces endpoint) is set; otherwise nothing is even loaded.
 * The standard `OTEL_*` variables apply. @returns what flushes and stops it
 */
export async function startTracing(service: string): Promise<() => Promise<void>> {
  const { env } = process;
  const endpoint = env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] || env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  if (!endpoint || env["OTEL_SDK_DISABLED"] === "true" || env["OTEL_TRACES_EXPORTER"] === "none") return async () => {};
  env["OTEL_SERVICE_NAME"] ??= `hodei-${service}`;
  env["OTEL_METRICS_EXPORTER"] ??= "none";
  env["OTEL_LOGS_EXPORTER"] ??= "none";
  // A burst of jobs is a burst of spans; what a queue of the usual 2,048 cannot hold would be dropped.
  env["OTEL_BSP_MAX_QUEUE_SIZE"] ??= "16384";
  env["OTEL_BSP_SCHEDULE_DELAY"] ??= "1000";
  // Not the process detector: command lines are nobody's business.
  env["OTEL_NODE_RESOURCE_DETECTORS"] ??= "env,host,serviceinstance";
  const [{ NodeSDK }, { AlwaysOnSampler }] = await Promise.all([
    import("@opentelemetry/sdk-node"),
    import("@opentelemetry/sdk-trace"),
  ]);
  readSampler(env["OTEL_TRACES_SAMPLER"] || undefined, env["OTEL_TRACES_SAMPLER_ARG"]);
  const sdk = new NodeSDK({
    instrumentations: [],
    // Decided once for each job, when it comes in (jobContextOf): a trace is whole or not there.
    sampler: new AlwaysOnSampler(),
    idGenerator: {
      generateTraceId: () => tracing.nextIds?.traceId ?? randomBytes(16).toString("hex"),
      generateSpanId: () => tracing.nextIds?.spanId ?? randomBytes(8).toString("hex"),
    },
  });
  sdk.start();
  tracing.isStarted = true;
  return async () => {
    tracing.isStarted = false;
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, SHUTDOWN_MS);
    // A collector that is away costs the last spans, not the orderly end.
    await Promise.race([sdk.shutdown().catch(() => undefined), late.promise]);
    clearTimeout(timer);
  };
}

export interface SpanOptions {
  /** The `traceparent` of the span above; `null` or nothing: none is above it. */
  parent?: string | null | undefined;
  /** The `traceparent` that this very span is to have; else its id is random. */
  self?: string | undefined;
  kind?: SpanKind;
  /** Milliseconds since 1970; default now. */
  begun?: number | undefined;
  attributes?: Attributes;
  /** Traceparents of spans that belong to it without being above it. */
  links?: readonly string[];
}

/** Whether spans of that trace go anywhere from this process. */
export function isRecorded(traceparent: string | null | undefined): traceparent is string {
  return tracing.isStarted && !!traceparent && isSampled(traceparent);
}

/** Starts a span of a job's trace; costs nothing while tracing is off. A job that is not recorded gets no span. */
export function startSpan(name: string, options: SpanOptions): Span | undefined {
  const { parent, self, kind = SpanKind.INTERNAL, attributes, begun, links = [] } = options;
  if (!isRecorded(self ?? parent)) return undefined;
  const above = parent ? remoteSpan(parent) : undefined;
  const spanOptions = {
    kind,
    links: links.flatMap(linkTo),
    ...(attributes && { attributes }),
    ...(begun !== undefined && { startTime: begun }),
  };
  tracing.nextIds = self === undefined ? undefined : remoteSpan(self);
  try {
    const within = above ? trace.setSpanContext(context.active(), above) : ROOT_CONTEXT;
    return trace.getTracer("hodei").startSpan(name, spanOptions, within);
  } finally {
    tracing.nextIds = undefined;
  }
}

/** A span of what is already over: `ended` in milliseconds since 1970, `failure` what its status says. */
export function recordSpan(name: string, options: SpanOptions & { ended: number; failure?: string | undefined }): void {
  endSpan(startSpan(name, options), options.failure, options.ended);
}

function remoteSpan(traceparent: string) {
  const traceId = traceIdOf(traceparent);
  if (!traceId) return undefined;
  return { traceId, spanId: traceparent.slice(36, 52), traceFlags: TraceFlags.SAMPLED, isRemote: true };
}

function linkTo(traceparent: string): Link[] {
  const named = remoteSpan(traceparent);
  return named ? [{ context: named }] : [];
}

/** Ends a span; with `failure` its status says so. */
export function endSpan(span: Span | undefined, failure?: string, ended?: number): void {
  if (!span) return;
  if (failure !== undefined) {
    span.setAttribute("error.type", failure);
    span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
  }
  span.end(ended);
}
