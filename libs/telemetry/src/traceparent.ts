import { randomBytes } from "node:crypto";

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The trace id of a W3C `traceparent`; `undefined` when it is none. Source: W3C Trace Context. */
export function traceIdOf(traceparent: string): string | undefined {
  const id = TRACEPARENT.exec(traceparent)?.[1];
  return id && !/^0+$/.test(id) ? id : undefined;
}

export function isSampled(traceparent: string): boolean {
  const flags = TRACEPARENT.exec(traceparent)?.[3];
  return flags !== undefined && (Number.parseInt(flags, 16) & 1) === 1;
}

/** The publisher's own `traceparent` where it is valid, else the root of a new trace: every job has a trace id. */
export function newTraceparent(given: string | undefined, sampled = false): string {
  if (given && traceIdOf(given)) return given;
  const random = randomBytes(24).toString("hex");
  return `00-${random.slice(0, 32)}-${random.slice(32, 48)}-${sampled ? "01" : "00"}`;
}
