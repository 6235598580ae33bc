import { hash, randomFillSync } from "node:crypto";
import { isInRatio, tracing } from "./tracing-state.ts";

const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
// All zeros is no id (Trace Context §3.2.2.3).
const NO_TRACE = "0".repeat(32);
const NO_SPAN = "0".repeat(16);

/** The trace id of a W3C `traceparent`; `undefined` when it is none. Source: W3C Trace Context. */
export function traceIdOf(traceparent: string): string | undefined {
  if (!TRACEPARENT.test(traceparent) || traceparent.startsWith(NO_SPAN, 36)) return undefined;
  const traceId = traceparent.slice(3, 35);
  return traceId === NO_TRACE ? undefined : traceId;
}

export function isSampled(traceparent: string): boolean {
  return TRACEPARENT.test(traceparent) && (Number.parseInt(traceparent.slice(-1), 16) & 1) === 1;
}

/**
 * The context of a job, which its row keeps: a span of its own below the publisher's where the job is recorded, else the publisher's as
 * it came, else a new trace. Every job has a trace id.
 */
export function jobContextOf(given: string | null | undefined): string {
  const traceId = given ? traceIdOf(given) : undefined;
  if (!given || !traceId) return newContext(randomHex(16));
  if (!tracing.isStarted) return given;
  if (!tracing.followsParent) return newContext(traceId);
  return isSampled(given) ? `00-${traceId}-${randomSpanId()}-01` : given;
}

/** The context of a trace of its own, recorded: of a batch, which belongs to no single job. */
export function batchContext(): string {
  return `00-${randomHex(16)}-${randomSpanId()}-01`;
}

/**
 * The context of one step below `parent`, the same for whoever works it out: so a step is a parent, and is linked to, in processes that were
 * told nothing of it (docs/decisions/0011-traces.md). That of a trace that is not recorded is `parent` itself.
 */
export function stepContext(parent: string, step: string): string {
  if (!isSampled(parent)) return parent;
  return `${parent.slice(0, 36)}${hash("sha1", `${parent} ${step}`).slice(0, 16)}-01`;
}

function newContext(traceId: string): string {
  return `00-${traceId}-${randomSpanId()}-${tracing.isStarted && isInRatio(traceId) ? "01" : "00"}`;
}

function randomSpanId(): string {
  return randomHex(8);
}

/** Random bytes are drawn many at once: a call for each id was a tenth of what a selector did. */
const pool = Buffer.alloc(4096);
let used = pool.length;

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString("hex", used - bytes, used);
}
