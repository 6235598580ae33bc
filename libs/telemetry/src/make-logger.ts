import { isSpanContextValid, trace } from "@opentelemetry/api";
import { type DestinationStream, type Logger, pino, stdSerializers } from "pino";
import { hideSecrets } from "./hide-secrets.ts";
import { logLevelOf } from "./log-level.ts";

export type { Logger } from "pino";

export interface LoggerOptions {
  /** As in HODEI_LOG_LEVEL (`debug`, or per service `info,selector=debug`), which is the default; else `info`. */
  level?: string;
  /** Default: standard output. */
  destination?: DestinationStream;
}

/** Keys whose values are never written: the second net under "nothing secret in a log" (design I6). */
const SECRET_KEYS = [
  "password",
  "token",
  "secret",
  "secrets",
  "authorization",
  "cookie",
  "passphrase",
  "apiKey",
  "api_key",
  "accessKey",
  "access_key",
  "secretAccessKey",
  "secret_access_key",
  "sessionToken",
  "session_token",
  "clientSecret",
  "client_secret",
  "privateKey",
  "private_key",
  "credentials",
];
/** At the top, and one to three levels down: `config.auth.password`. */
const REDACTED_PATHS = SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*.*.*.${key}`]);

/** The log of one service: JSON lines with `service`, `time`, `level`, `msg`, and `trace_id` while a span is active.
 *  @throws RangeError for a level that is none */
export function makeLogger(service: string, options: string | LoggerOptions = {}): Logger {
  const { level, destination }: LoggerOptions = typeof options === "string" ? { level: options } : options;
  return pino(
    {
      level: logLevelOf(level ?? process.env["HODEI_LOG_LEVEL"] ?? "info", service),
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED_PATHS, censor: "[redacted]" },
      serializers: { err: serializeError, error: serializeError },
      mixin: traceOfNow,
      hooks: { streamWrite: hideSecrets },
    },
    destination ?? pino.destination({ fd: 1, sync: true }),
  );
}

/** Type, message, code, stack and causes; not the other properties of a vendor's error, which hold requests and their headers. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { type, message, stack } = stdSerializers.err(error);
  const code =
    "code" in error && (typeof error.code === "string" || typeof error.code === "number") ? { code: error.code } : {};
  const several = error instanceof AggregateError ? { errors: error.errors.slice(0, 10).map(serializeError) } : {};
  return { type, message, ...code, stack, ...several };
}

function traceOfNow(): object {
  const context = trace.getActiveSpan()?.spanContext();
  return context && isSpanContextValid(context) ? { trace_id: context.traceId, span_id: context.spanId } : {};
}
