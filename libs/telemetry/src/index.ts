export { epochMs } from "./epoch-ms.ts";
export { hideSecrets, keepSecret } from "./hide-secrets.ts";
export { isoTime } from "./iso-time.ts";
export { jobFields } from "./job-fields.ts";
export {
  MAX_LINKS,
  recordCall,
  recordProcess,
  recordSend,
  recordStatement,
  sendContext,
  traceStatement,
  workerContext,
} from "./job-spans.ts";
export { logLevelOf } from "./log-level.ts";
export { type Logger, type LoggerOptions, makeLogger } from "./make-logger.ts";
export { measureQuery } from "./measure-query.ts";
export type { CheckedProvider } from "./metrics/health-metrics.ts";
export type { JobCounts } from "./metrics/job-gauges.ts";
export { METRIC_OWNERS } from "./metrics/metric-owners.ts";
export { metrics } from "./metrics.ts";
export { batchContext, isSampled, jobContextOf, stepContext, traceIdOf } from "./traceparent.ts";
export { endSpan, isRecorded, recordSpan, startSpan, startTracing } from "./tracing.ts";
