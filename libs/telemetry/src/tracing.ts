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
import { tracing } from "./tracing-state.ts";

/** Longest that the end waits for the last spans to leave. */
const SHUTDOWN_MS = 2_000;

/** Whether spans go anywhere in this process. */
export function isTracing(): boolean {
  return tracing.isStarted;
}

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
  const { NodeSDK } = await import("@opentelemetry/sdk-node");
  const sdk = new NodeSDK({
    instrumentations: [],
    idGenerator: {
      generateTraceId: () => tracing.nextIds?.traceId ?? randomBytes(16).toString("hex"),
      generateSpanId: () => tracing.nextIds?.spanId ?? randomBytes(8).toString("hex"),
    },
  });
  sdk.start();
  tracing.rootRatio = rootRatio(env["OTEL_TRACES_SAMPLER"], env["OTEL_TRACES_SAMPLER_ARG"]);
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

/** What the standard sampler settings mean for traces that begin here; the others follow their parent. */
function rootRatio(sampler: string | undefined, argument: string | undefined): number {
  if (sampler?.endsWith("always_off")) return 0;
  if (!sampler?.endsWith("traceidratio")) return 1;
  const ratio = Number(argument || "1");
  return ratio >= 0 && ratio <= 1 ? ratio : 1;
}

export interface SpanOptions {
  /** The job's `traceparent`: the span becomes a child of it. */
  traceparent: string | null | undefined;
  attributes?: Attributes;
  startTime?: Date;
  kind?: SpanKind;
  /** The span becomes the very one that `traceparent` names, not a child of it: the job's own span, begun and ended by whoever is there. */
  isItself?: boolean;
  /** Traceparents of spans that belong to it without being its parent. */
  links?: readonly string[];
}

/** Starts a span of the job's trace; costs nothing while tracing is off. A job that is not sampled gets no span. */
export function startSpan(name: string, options: SpanOptions): Span | undefined {
  if (!tracing.isStarted || !options.traceparent) return undefined;
  const named = remoteSpan(options.traceparent);
  if (!named || !isSampled(options.traceparent)) return undefined;
  const { kind = SpanKind.INTERNAL, attributes, startTime, links = [], isItself = false } = options;
  const spanOptions = {
    kind,
    links: links.flatMap(linkTo),
    ...(attributes && { attributes }),
    ...(startTime && { startTime }),
  };
  const tracer = trace.getTracer("hodei");
  if (!isItself) return tracer.startSpan(name, spanOptions, trace.setSpanContext(context.active(), named));
  tracing.nextIds = named;
  try {
    return tracer.startSpan(name, spanOptions, ROOT_CONTEXT);
  } finally {
    tracing.nextIds = undefined;
  }
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
export function endSpan(span: Span | undefined, failure?: string): void {
  if (!span) return;
  if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
  span.end();
}

/** The `traceparent` that continues from a span, for the next hop; `fallback` where there is no span. */
export function traceparentOf(span: Span | undefined, fallback: string | null): string | null {
  if (!span) return fallback;
  const { traceId, spanId } = span.spanContext();
  return `00-${traceId}-${spanId}-01`;
}
