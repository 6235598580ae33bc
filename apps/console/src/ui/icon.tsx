const PATHS = {
  good: "M3.5 8.5l3 3 6-7",
  bad: "M4 4l8 8M12 4l-8 8",
  warn: "M8 2.5v7M8 12.6v.4",
  wait: "M8 4.5V8l2.5 2",
  work: "M5.5 4l6 4-6 4z",
  off: "M4 8h8",
  start: "M8 12V4M4.5 7.5L8 4l3.5 3.5",
} as const;

export type Tone = keyof typeof PATHS;

/** A sign beside a word; the word says it too. */
export function Icon({ tone }: { tone: Tone }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      {tone === "wait" && <circle cx="8" cy="8" r="6" />}
      <path d={PATHS[tone]} />
    </svg>
  );
}
