/** What `startTracing` turned on in this process; off by default. */
interface TracingState {
  isStarted: boolean;
  /** Share of the traces that begin here and are recorded (`OTEL_TRACES_SAMPLER`). */
  rootRatio: number;
  /** Ids that the next span gets instead of random ones: a span whose identity was written down before it began. */
  nextIds: { traceId: string; spanId: string } | undefined;
}

export const tracing: TracingState = { isStarted: false, rootRatio: 1, nextIds: undefined };

/** Whether a trace that begins here is recorded; the same answer whenever that trace is asked about. */
export function rootIsSampled(traceId: string): boolean {
  return tracing.isStarted && Number.parseInt(traceId.slice(0, 8), 16) < tracing.rootRatio * 0x1_0000_0000;
}
