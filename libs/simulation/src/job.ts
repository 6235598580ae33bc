import type { JobClass } from "./job-class.ts";

/** A job that has come and has not ended. */
export interface Job {
  /** The how manieth to come. */
  number: number;
  jobClass: JobClass;
  submittedAt: number;
  durationSeconds: number;
  failureRate: number;
  /** The first time that a worker of it ran. */
  firstRanAt: number | undefined;
  ownFailures: number;
  infrastructureFailures: number;
  /** Providers where an attempt failed (E9). */
  excludedProviders: string[];
}
