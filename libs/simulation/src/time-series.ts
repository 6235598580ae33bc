/** How it stood at one moment. */
export interface Moment {
  atSeconds: number;
  waiting: number;
  running: number;
  /** Taken slots ÷ all slots. */
  utilisation: number;
}

const MAX_MOMENTS = 600;
const FIRST_MOMENTS = 300;

/** Looks at fixed distances; where a run goes on, every second look is dropped and the distance doubled, so that it stays bounded. */
export function makeTimeSeries(horizonSeconds: number, look: () => Omit<Moment, "atSeconds">) {
  let step = Math.max(horizonSeconds, 1) / FIRST_MOMENTS;
  let next = 0;
  let moments: Moment[] = [];
  return {
    /** Nothing changes until then. */
    upTo(seconds: number): void {
      while (next < seconds) {
        moments.push({ atSeconds: next, ...look() });
        if (moments.length >= MAX_MOMENTS) {
          moments = moments.filter((_, i) => i % 2 === 0);
          step *= 2;
        }
        next = (moments.at(-1)?.atSeconds ?? 0) + step;
      }
    },
    end: (): Moment[] => [...moments, { atSeconds: next, ...look() }],
  };
}
