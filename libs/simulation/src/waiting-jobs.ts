import TinyQueue from "tinyqueue";
import type { Job } from "./job.ts";

/** Jobs that nobody takes, by what they ask for: one line for each requirement class, so that an event costs decisions per class. */
export interface WaitingJobs {
  add(job: Job): void;
  /** Whether an older job of the same requirements waits: then a new one need not be tried. */
  hasLikeOf(job: Job): boolean;
  /** Offers the jobs by priority and submission; a class is closed for this round by its first refusal. */
  offer(take: (job: Job) => boolean): void;
  /** Of each class: how many wait, and the first of them. */
  classes(): { count: number; first: Job }[];
  readonly count: number;
}

export function makeWaitingJobs(): WaitingJobs {
  const lines = new Map<string, TinyQueue<Job>>();
  let count = 0;

  function firstOf(open: readonly TinyQueue<Job>[]): TinyQueue<Job> | undefined {
    let best: TinyQueue<Job> | undefined;
    for (const line of open) {
      const [head, bestHead] = [line.peek(), best?.peek()];
      if (head && (!bestHead || compareTurn(head, bestHead) < 0)) best = line;
    }
    return best;
  }

  return {
    add(job) {
      const key = job.jobClass.requirementKey;
      const line = lines.get(key) ?? new TinyQueue<Job>([], compareTurn);
      lines.set(key, line);
      line.push(job);
      count += 1;
    },
    hasLikeOf: (job) => (lines.get(job.jobClass.requirementKey)?.length ?? 0) > 0,
    offer(take) {
      if (count === 0) return;
      const open = [...lines.values()].filter((line) => line.length > 0);
      for (let line = firstOf(open); line; line = firstOf(open)) {
        const head = line.peek();
        if (!head || !take(head)) {
          open.splice(open.indexOf(line), 1);
          continue;
        }
        line.pop();
        count -= 1;
      }
    },
    classes: () =>
      [...lines.values()].flatMap((line) => {
        const first = line.peek();
        return first ? [{ count: line.length, first }] : [];
      }),
    get count() {
      return count;
    },
  };
}

/** Priority, then submission (design: "Order"). */
function compareTurn(a: Job, b: Job): number {
  return b.jobClass.priority - a.jobClass.priority || a.number - b.number;
}
