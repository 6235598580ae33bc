import TinyQueue from "tinyqueue";

interface Event {
  atSeconds: number;
  /** Events of the same time happen in the order in which they were planned. */
  order: number;
  happen: () => void;
}

/** Time that passes only when something happens. */
export interface VirtualClock {
  readonly nowSeconds: number;
  after(seconds: number, happen: () => void): void;
  at(seconds: number, happen: () => void): void;
  /** Lets everything happen that is planned, and what that plans; `onTime` is told the time before it moves. */
  run(onTime: (nextSeconds: number) => void): void;
}

export function makeVirtualClock(): VirtualClock {
  const events = new TinyQueue<Event>([], (a, b) => a.atSeconds - b.atSeconds || a.order - b.order);
  let now = 0;
  let planned = 0;
  const clock: VirtualClock = {
    get nowSeconds() {
      return now;
    },
    after: (seconds, happen) => clock.at(now + seconds, happen),
    at(seconds, happen) {
      planned += 1;
      events.push({ atSeconds: Math.max(seconds, now), order: planned, happen });
    },
    run(onTime) {
      for (let event = events.pop(); event; event = events.pop()) {
        if (event.atSeconds > now) {
          onTime(event.atSeconds);
          now = event.atSeconds;
        }
        event.happen();
      }
    },
  };
  return clock;
}
