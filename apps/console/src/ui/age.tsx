import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { useNow } from "../live/now.ts";
import { formatClock, formatSpan, msOf } from "./format-time.ts";

/** How long ago, going on; the very time on hovering. */
export function Age({ at, suffix = "" }: { at: Timestamp | undefined; suffix?: string }) {
  const now = useNow();
  const ms = msOf(at);
  if (ms === undefined) return <span className="muted">never</span>;
  return (
    <time dateTime={new Date(ms).toISOString()} title={formatClock(ms)}>
      {formatSpan(Math.max(0, Math.floor((now - ms) / 1000)) * 1000)}
      {suffix}
    </time>
  );
}
