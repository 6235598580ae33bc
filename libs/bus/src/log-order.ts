import type { JobLog, LogStream } from "@hodei/contracts";

/** A piece of a job's log as its reader gets it: each byte of each stream once, in order. */
export interface LogPiece extends JobLog {
  /** Where JetStream has it. */
  sequence: number;
  /** Bytes of this stream just before it that are no longer kept, or never came. */
  missing: number;
}

/** Puts the messages of one job's log in order. Holds what came too early until what is missing came, or is given up. */
export interface LogOrder {
  /** What can go out now. */
  take(entry: JobLog, sequence: number): LogPiece[];
  readonly isHolding: boolean;
  /** Waits no longer for what is missing. */
  release(): LogPiece[];
}

/** More than a writer has on its way at once: what was not among so much that came after it will not come. */
const HOLD_BYTES = 2 * 2 ** 20;

interface Held {
  entry: JobLog;
  sequence: number;
}

/** One stream of one attempt. */
interface Lane {
  attempt: number;
  next: number | undefined;
  /** By offset, lowest first. */
  held: Held[];
  heldBytes: number;
}

/**
 * A writer sends in order, but after an outage a message may overtake the one before it, and a provisioner that takes over may say again
 * what its predecessor said, cut elsewhere. Offsets tell; so neither costs or doubles a line. Pure.
 * @param startsAnywhere the reader begins in the middle: what came before its first piece is not missing
 */
export function makeLogOrder({ startsAnywhere = false }: { startsAnywhere?: boolean } = {}): LogOrder {
  const lanes = new Map<string, Lane>();

  function laneOf({ attempt, stream }: { attempt: number; stream: LogStream }): Lane {
    const key = `${attempt}.${stream}`;
    let lane = lanes.get(key);
    if (!lane) {
      lane = { attempt, next: startsAnywhere ? undefined : 0, held: [], heldBytes: 0 };
      lanes.set(key, lane);
    }
    return lane;
  }

  function emit(lane: Lane, { entry, sequence }: Held, missing: number): LogPiece[] {
    const next = lane.next ?? entry.offset;
    const end = entry.offset + entry.bytes;
    if (end <= next && entry.bytes > 0) return [];
    lane.next = Math.max(next, end);
    return [{ ...cutFront(entry, next - entry.offset), sequence, missing }];
  }

  /** What fits now that the lane has moved on. */
  function drain(lane: Lane): LogPiece[] {
    const pieces: LogPiece[] = [];
    for (let first = lane.held[0]; first && first.entry.offset <= (lane.next ?? 0); first = lane.held[0]) {
      lane.held.shift();
      lane.heldBytes -= first.entry.bytes;
      pieces.push(...emit(lane, first, 0));
    }
    return pieces;
  }

  function hold(lane: Lane, held: Held): void {
    const after = lane.held.findIndex(({ entry }) => entry.offset > held.entry.offset);
    lane.held.splice(after === -1 ? lane.held.length : after, 0, held);
    lane.heldBytes += held.entry.bytes;
  }

  function releaseLane(lane: Lane, untilBytes: number): LogPiece[] {
    const pieces: LogPiece[] = [];
    while (lane.heldBytes > untilBytes) {
      const first = lane.held[0];
      if (!first) break;
      const missing = first.entry.offset - (lane.next ?? first.entry.offset);
      lane.next = first.entry.offset;
      const [piece, ...rest] = drain(lane);
      if (piece) pieces.push({ ...piece, missing }, ...rest);
    }
    return pieces;
  }

  return {
    take(entry, sequence) {
      const lane = laneOf(entry);
      if (entry.ended) {
        // The writer says it when all before it is stored.
        const late = [...lanes.values()].filter(({ attempt }) => attempt === entry.attempt);
        return [...late.flatMap((each) => releaseLane(each, 0)), { ...entry, sequence, missing: 0 }];
      }
      if (lane.next === undefined || entry.offset <= lane.next) {
        const pieces = emit(lane, { entry, sequence }, 0);
        return lane.held.length === 0 ? pieces : [...pieces, ...drain(lane)];
      }
      hold(lane, { entry, sequence });
      return lane.heldBytes > HOLD_BYTES ? releaseLane(lane, HOLD_BYTES) : [];
    },
    get isHolding() {
      return lanes.values().some((lane) => lane.held.length > 0);
    },
    release: () => [...lanes.values()].flatMap((lane) => releaseLane(lane, 0)),
  };
}

/** Without its first `bytes` bytes; a text that is not what the worker wrote byte by byte (masked) cannot be cut, and stays whole. */
function cutFront(entry: JobLog, bytes: number): JobLog {
  if (bytes <= 0 || bytes >= entry.bytes) return entry;
  const data = Buffer.from(entry.text);
  if (data.length !== entry.bytes) return entry;
  return {
    ...entry,
    offset: entry.offset + bytes,
    bytes: entry.bytes - bytes,
    text: data.toString("utf8", bytes),
  };
}
