/** What `startTracing` turned on in this process; off by default. */
interface TracingState {
  isStarted: boolean;
  /** Share of the traces that are recorded where this process decides (`OTEL_TRACES_SAMPLER`, `_ARG`). */
  ratio: number;
  /** A trace that somebody else began follows that one's decision; false for the samplers without `parentbased_`. */
  followsParent: boolean;
  /** Ids that the next span gets instead of random ones: a span whose identity is known before it begins. */
  nextIds: { traceId: string; spanId: string } | undefined;
}

export const tracing: TracingState = { isStarted: false, ratio: 1, followsParent: true, nextIds: undefined };

/** Whether a trace is recorded where this process decides; the same answer whenever that trace is asked about. */
export function isInRatio(traceId: string): boolean {
  return Number.parseInt(traceId.slice(0, 8), 16) < tracing.ratio * 0x1_0000_0000;
}

/** What the standard sampler settings mean here. Unset: everything, and others' decisions are followed (OpenTelemetry's own default). */
export function readSampler(sampler = "parentbased_always_on", argument: string | undefined): void {
  tracing.followsParent = sampler.startsWith("parentbased_");
  const kind = sampler.replace("parentbased_", "");
  const ratio = Number(argument || "1");
  tracing.ratio = kind === "always_off" ? 0 : kind === "traceidratio" && ratio >= 0 && ratio <= 1 ? ratio : 1;
}
