import { formatProblem } from "@hodei/contracts";
import { readDrift, readRecentDeadLetters, type Store } from "@hodei/store";
import type { Finding } from "./finding.ts";

/** Counters that are not what the ledger says, and messages that nobody could handle. */
export async function* examineLedger({ pool }: Store): AsyncGenerator<Finding> {
  const drift = await readDrift(pool);
  for (const { name, activeWorkers, liveWorkers } of drift) {
    yield {
      area: "ledger",
      severity: "warning",
      text: `${name} counts ${activeWorkers} active workers and has ${liveWorkers}`,
      cause: "active_workers was written from outside, or a worker is being placed at this moment",
      fix: "the selector sets it back within seconds and counts the repair; if it stays, no selector runs",
      commands: ["hodei status", "SELECT name, max_workers, active_workers FROM provider_configs;"],
    };
  }
  const letters = await readRecentDeadLetters(pool);
  for (const { subject, letters: count, jobId, problems } of letters) {
    yield {
      area: "ledger",
      severity: "warning",
      text: `${count} messages on ${subject} could not be handled in the last day; the newest${jobId ? ` (${jobId})` : ""}: ${problems.map(formatProblem).join("; ")}`,
      cause: "what was published there is not what the subject takes",
      fix: "mend the publisher as each problem says, and publish again; nothing is tried again by itself",
      commands: ["hodei jobs list --state rejected"],
    };
  }
  if (drift.length === 0 && letters.length === 0)
    yield {
      area: "ledger",
      severity: "ok",
      text: "every counter is what the ledger says, and no message was lost to an error",
    };
}
