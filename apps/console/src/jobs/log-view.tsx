import { LogEnd } from "@hodei/api/job";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import type { JobLog, LogLine } from "../live/job-log.ts";
import { FailureNote } from "../ui/failure-note.tsx";
import { STREAMS } from "../ui/words.ts";

const LINE_PX = 20;

/** What it writes, as it writes it. Stays at the end until somebody scrolls up. */
export function LogView({ log, jobId, hasAttempts }: { log: JobLog; jobId: string; hasAttempts: boolean }) {
  const box = useRef<HTMLElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const { lines, dropped, isEnded, end, failure } = log;
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => LINE_PX,
    overscan: 20,
  });
  useEffect(() => {
    if (isAtEnd && lines.length > 0) virtual.scrollToIndex(lines.length - 1, { align: "end" });
  }, [isAtEnd, lines, virtual]);
  return (
    <section className="panel log">
      <header>
        <h2>Log</h2>
        <span className="muted" role="status">
          {end === LogEnd.MISSING ? "ended, its last lines are missing" : isEnded ? "ended" : "following"},{" "}
          {lines.length.toLocaleString()} {lines.length === 1 ? "line" : "lines"}
        </span>
        <label>
          <input type="checkbox" checked={isAtEnd} onChange={({ target }) => setAtEnd(target.checked)} /> Stay at the
          end
        </label>
      </header>
      {failure && <FailureNote failure={failure} />}
      {dropped > 0 && (
        <p className="muted">
          {dropped.toLocaleString()} earlier lines are not shown; all of it: <code>hodei jobs logs {jobId}</code>
        </p>
      )}
      {lines.length === 0 ? (
        <p className="muted">{nothingToShow(isEnded, end)}</p>
      ) : (
        <section
          className="log-lines"
          ref={box}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls has to be reached by keyboard
          tabIndex={0}
          aria-label="Lines of the log"
          onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
            if (scrollTop + clientHeight < scrollHeight - 3 * LINE_PX) setAtEnd(false);
          }}
        >
          <div style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map(({ index, start }) => (
              <div
                key={index}
                data-index={index}
                ref={virtual.measureElement}
                className="line"
                style={{ transform: `translateY(${start}px)` }}
              >
                <Line line={lines[index]} hasAttempts={hasAttempts} />
              </div>
            ))}
          </div>
        </section>
      )}
    </section>
  );
}

function nothingToShow(isEnded: boolean, end: LogEnd | undefined): string {
  if (!isEnded) return "It has written nothing yet.";
  if (end === LogEnd.NONE) return "Nothing of it is kept, or there never was any.";
  return end === LogEnd.MISSING ? "Its log did not come." : "It wrote nothing.";
}

function Line({ line, hasAttempts }: { line: LogLine | undefined; hasAttempts: boolean }) {
  if (!line) return null;
  const stream = STREAMS[line.stream];
  return (
    <>
      {hasAttempts && <span className="attempt">{line.attempt}</span>}
      <span className={`stream ${stream}`}>{stream}</span>
      <code>{line.text || " "}</code>
    </>
  );
}
