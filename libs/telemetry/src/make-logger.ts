import { trace } from "@opentelemetry/api";
import { type Logger, pino, type LevelWithSilent } from "pino";

export type { Logger } from "pino";

const LEVELS: readonly string[] = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** Key names whose values never reach a log: the net under the rule that secrets are references (design I6). */
const SECRET_KEYS = ["password", "passwd", "secret", "token", "authorization", "apiKey", "api_key", "privateKey", "private_key", "secrets"];

/** A JSON logger on stdout; `trace_id` and `span_id` of the active span are added. */
export function makeLogger(service: string, level: LevelWithSilent = "info"): Logger {
  return pino({
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: "[redacted]" },
    mixin: () => {
      const context = trace.getActiveSpan()?.spanContext();
      return context ? { trace_id: context.traceId, span_id: context.spanId } : {};
    },
  });
}

/**
 * The level of one service out of `HODEI_LOG_LEVEL`: `debug`, or per service `info,selector=debug`.
 * @throws RangeError that names the bad part and what to write instead
 */
export function logLevelOf(setting: string, service: string): LevelWithSilent {
  let level: string = "info";
  for (const part of setting.split(",").map((text) => text.trim().toLowerCase())) {
    if (!part) continue;
    const [name = "", named] = part.split("=");
    const value = named ?? name;
    if (!LEVELS.includes(value)) throw new RangeError(`"${part}" is not a log level; write one of ${LEVELS.join(", ")}`);
    if (named === undefined || name.replace(/^hodei[_-]/, "") === service) level = value;
  }
  return level as LevelWithSilent;
}
