import type { AttemptEnd } from "@hodei/lifecycle";
import type { Job } from "./job.ts";
import type { SimulatedProvider } from "./make-providers.ts";

/** A worker from its reservation to its end. */
export interface Attempt {
  job: Job;
  site: Site;
  reservedAt: number;
  state: "starting" | "running" | "ended";
  /** How it ended while nobody could see it. */
  unseenEnd: AttemptEnd | undefined;
}

/** A provider as it really is, which placement does not know: what lives there, and whether it can be reached. */
export interface Site extends SimulatedProvider {
  attempts: Set<Attempt>;
  outage: Outage | undefined;
  /** Seconds that its slots were taken, while jobs arrived. */
  busySeconds: number;
}

export interface Outage {
  endsAt: number;
  workersAreLost: boolean;
}

export function makeSite(simulated: SimulatedProvider): Site {
  return { ...simulated, attempts: new Set(), outage: undefined, busySeconds: 0 };
}
