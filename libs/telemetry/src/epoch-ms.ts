/** How far the wall clock may be from ours before it counts. */
const DRIFT_MS = 5;
let offset = performance.timeOrigin;

/** Milliseconds since 1970 with fractions: spans of microseconds have a length, and a clock that is set is followed. */
export function epochMs(): number {
  const at = offset + performance.now();
  const wall = Date.now();
  if (Math.abs(wall - at) <= DRIFT_MS) return at;
  offset += wall - at;
  return wall;
}
