import { connection, tryNow } from "../live/connection.ts";
import { useStore } from "../live/make-store.ts";
import { useNow } from "../live/now.ts";
import { formatClock } from "../ui/format-time.ts";
import { Icon } from "../ui/icon.tsx";

/** Says that what is shown is not what is, since when, why, and when it is tried again. */
export function Banner() {
  const { lost, lostAt, retryAt, needsToken } = useStore(connection);
  const [failure] = lost.values();
  if (!failure || needsToken) return <div role="status" />;
  return (
    <div className="banner" role="status">
      <Icon tone="bad" />
      <p>
        <strong>Disconnected.</strong> {failure.sentence}{" "}
        {lostAt !== undefined && `What you see is as of ${formatClock(lostAt)}. `}
        <Retry at={retryAt} />
      </p>
      <button type="button" onClick={tryNow}>
        Try now
      </button>
    </div>
  );
}

function Retry({ at }: { at: number | undefined }) {
  const seconds = Math.ceil(((at ?? 0) - useNow()) / 1000);
  // Counted down for the eye only: a screen reader would read each second.
  return <span aria-hidden="true">{seconds > 0 ? `Trying again in ${seconds} s.` : "Trying again …"}</span>;
}
