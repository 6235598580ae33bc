import { INFRASTRUCTURE_ATTEMPTS, JobSpec } from "@hodei/contracts";
import { type Explanation, formatRefusal } from "@hodei/placement";
import colors from "picocolors";
import { colorState, printLine } from "../print.ts";
import type { AttemptStory, JobStory } from "./explain-job.ts";

/** Providers spelled out for a person; `--json` has them all. */
const SHOWN_PROVIDERS = 20;

/** `hodei jobs explain` for people: near misses first, both sides of each rule. */
export function printStory({ job, attempts, now }: JobStory): void {
  printLine(`${colors.bold(job.id)}  ${colorState(job.state)}${job.providerName ? ` on ${job.providerName}` : ""}`);
  for (const attempt of attempts) printAttempt(attempt);
  printBudgets(job);
  if (now) {
    printLine();
    if (job.notBefore && job.notBefore.getTime() > Date.now())
      printLine(`waits for its retry until ${job.notBefore.toISOString()}`);
    printLine(
      now.decision.placed
        ? "a provider fits now; it is being placed"
        : `no provider fits: ${now.candidates} looked at, ${now.eligible} eligible`,
    );
    printProviders(now);
  }
}

/** What is left of the two budgets (design §3.1 `retry`), once one was drawn on. */
function printBudgets({ infrastructureFailures, ownFailures, spec }: JobStory["job"]): void {
  if (infrastructureFailures + ownFailures === 0) return;
  const { maxAttempts } = JobSpec.parse(spec).retry;
  printLine();
  printLine(
    `infrastructure failures: ${infrastructureFailures} of ${INFRASTRUCTURE_ATTEMPTS}, own failures: ${ownFailures} of ${maxAttempts}`,
  );
}

function printAttempt({ worker, explanation, advice }: AttemptStory): void {
  printLine();
  const rank = worker.rankKey;
  const why = rank
    ? ` by ${worker.fallbackStep ?? "R3"}, priority ${rank.priority}, ${rank.active_workers} of ${rank.max_workers} slots taken, ${rank.health}`
    : "";
  printLine(`attempt ${worker.attempt}: ${colors.bold(worker.providerName)}${why}`);
  printLine(
    `  ${worker.state}${worker.exitCode === null ? "" : ` with exit code ${worker.exitCode}`}${worker.failureCode ? `  ${colors.red(worker.failureCode)}: ${worker.failureMessage ?? ""}` : ""}`,
  );
  if (advice) {
    printLine(`  cause: ${advice.cause}`);
    printLine(`  fix:   ${advice.fix}`);
  }
  if (explanation) printProviders(explanation, worker.providerName);
}

function printProviders(explanation: Explanation, chosen?: string): void {
  for (const { name, refusals } of explanation.providers.slice(0, SHOWN_PROVIDERS)) {
    if (name === chosen) continue;
    if (refusals.length === 0) printLine(`  ${colors.dim("also fits")}  ${name}`);
    else printLine(`  ${colors.yellow("refused")}    ${name}: ${refusals.map(formatRefusal).join("; ")}`);
  }
  const hidden = Math.max(0, explanation.providers.length - SHOWN_PROVIDERS) + explanation.omitted;
  if (hidden > 0) printLine(`  … and ${hidden} more; --json shows them`);
  for (const hint of explanation.hints) printLine(`  ${colors.cyan("hint")}       ${hint}`);
}
