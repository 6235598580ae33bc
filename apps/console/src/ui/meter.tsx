/** Slots taken of those there are, as bar and numbers. */
export function Meter({ used, most }: { used: number; most: number }) {
  const share = most > 0 ? Math.min(1, used / most) : used > 0 ? 1 : 0;
  return (
    <span className={share >= 1 ? "meter full" : "meter"}>
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <rect className="meter-all" width="100" height="6" rx="0" />
        <rect className="meter-used" width={100 * share} height="6" />
      </svg>
      <span className="number">
        {used} / {most}
      </span>
    </span>
  );
}
