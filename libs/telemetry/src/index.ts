export { logLevelOf } from "./log-level.ts";
export { type Logger, type LoggerOptions, makeLogger } from "./make-logger.ts";
export { measureQuery } from "./measure-query.ts";
export type { CheckedProvider } from "./metrics/health-metrics.ts";
export type { JobCounts } from "./metrics/job-gauges.ts";
export { METRIC_OWNERS } from "./metrics/metric-owners.ts";
export { metrics } from "./metrics.ts";
export { isSampled, newTraceparent, traceIdOf } from "./traceparent.ts";
export { endSpan, isTracing, type SpanOptions, startSpan, startTracing, traceparentOf } from "./tracing.ts";
