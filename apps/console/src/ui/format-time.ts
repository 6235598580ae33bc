import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";

export function msOf(time: Timestamp | undefined): number | undefined {
  return time && timestampMs(time);
}

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
] as const;

/** `4 s`, `2 min 5 s`, `3 h 12 min`, `6 d 1 h`. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (ms < 1000 && ms > 0) return `${Math.round(ms)} ms`;
  for (const [index, [unit, size]] of UNITS.entries()) {
    if (seconds < size) continue;
    const [nextUnit, nextSize] = UNITS[index + 1] ?? (["s", 1] as const);
    const rest = Math.floor((seconds % size) / nextSize);
    return `${Math.floor(seconds / size)} ${unit}${rest > 0 ? ` ${rest} ${nextUnit}` : ""}`;
  }
  return `${seconds} s`;
}

const CLOCK = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export function formatClock(ms: number): string {
  return CLOCK.format(ms);
}
