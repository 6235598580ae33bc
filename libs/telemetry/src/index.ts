export { logLevelOf } from "./log-level.ts";
export { type Logger, type LoggerOptions, makeLogger } from "./make-logger.ts";
export { type MeasuredProvider, metrics } from "./metrics.ts";
export { isSampled, newTraceparent, traceIdOf } from "./traceparent.ts";
export { endSpan, isTracing, type SpanOptions, startSpan, startTracing, traceparentOf } from "./tracing.ts";
