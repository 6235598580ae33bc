import { randomBytes } from "node:crypto";
import { rootIsSampled } from "./tracing-state.ts";

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The trace id of a W3C `traceparent`; `undefined` when it is none. Source: W3C Trace Context. */
export function traceIdOf(traceparent: string): string | undefined {
  const [, traceId = "", spanId = ""] = TRACEPARENT.exec(traceparent) ?? [];
  // All zeros is no id (Trace Context §3.2.2.3); nothing at all is none either.
  return /[1-9a-f]/.test(traceId) && /[1-9a-f]/.test(spanId) ? traceId : undefined;
}

export function isSampled(traceparent: string): boolean {
  const flags = TRACEPARENT.exec(traceparent)?.[3];
  return flags !== undefined && (Number.parseInt(flags, 16) & 1) === 1;
}

/** The publisher's own `traceparent` where it is valid, else the root of a new trace, recorded when this process traces:
 *  every job has a trace id. */
export function newTraceparent(given: string | null | undefined): string {
  if (given && traceIdOf(given)) return given;
  const random = randomBytes(24).toString("hex");
  const traceId = random.slice(0, 32);
  return `00-${traceId}-${random.slice(32, 48)}-${rootIsSampled(traceId) ? "01" : "00"}`;
}
