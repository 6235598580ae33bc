import { type Attributes, context, type Span, SpanKind, SpanStatusCode, trace, TraceFlags } from "@opentelemetry/api";
import { isSampled, traceIdOf } from "./traceparent.ts";

let isStarted = false;

/** Whether spans go anywhere in this process. */
export function isTracing(): boolean {
  return isStarted;
}

/**
 * Starts OpenTelemetry when `OTEL_EXPORTER_OTLP_ENDPOINT` (or the traces endpoint) is set; otherwise nothing is even loaded.
 * The standard `OTEL_*` variables apply. @returns what flushes and stops it
 */
export async function startTracing(service: string): Promise<() => Promise<void>> {
  const { env } = process;
  if (!env["OTEL_EXPORTER_OTLP_ENDPOINT"] && !env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]) return async () => {};
  env["OTEL_SERVICE_NAME"] ??= `hodei-${service}`;
  env["OTEL_METRICS_EXPORTER"] ??= "none";
  env["OTEL_LOGS_EXPORTER"] ??= "none";
  const { NodeSDK } = await import("@opentelemetry/sdk-node");
  const sdk = new NodeSDK({ instrumentations: [] });
  sdk.start();
  isStarted = true;
  return async () => {
    isStarted = false;
    await sdk.shutdown();
  };
}

export interface SpanOptions {
  /** The job's `traceparent`: the span becomes a child of it. */
  traceparent: string | null | undefined;
  attributes?: Attributes;
  startTime?: Date;
  kind?: SpanKind;
}

/** Starts a span of the job's trace; costs nothing while tracing is off. A job that is not sampled gets no span. */
export function startSpan(name: string, options: SpanOptions): Span | undefined {
  if (!isStarted || !options.traceparent) return undefined;
  const traceId = traceIdOf(options.traceparent);
  if (!traceId || !isSampled(options.traceparent)) return undefined;
  const spanId = options.traceparent.slice(36, 52);
  const parent = trace.setSpanContext(context.active(), { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true });
  return trace.getTracer("hodei").startSpan(
    name,
    {
      kind: options.kind ?? SpanKind.INTERNAL,
      ...(options.attributes && { attributes: options.attributes }),
      ...(options.startTime && { startTime: options.startTime }),
    },
    parent,
  );
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
