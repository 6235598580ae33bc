import { timestampDate } from "@bufbuild/protobuf/wkt";
import {
  type AttemptStory,
  type Decision,
  type ExplainResponse,
  type Job,
  JobState,
  WorkerState,
} from "@hodei/api/job";
import { INFRASTRUCTURE_ATTEMPTS } from "@hodei/contracts";
import { formatRefusal } from "@hodei/placement";
import colors from "picocolors";
import { colorState, printLine } from "../print.ts";

/** Providers spelled out for a person; `--json` has them all. */
const SHOWN_PROVIDERS = 20;

/** `hodei jobs explain` for people: near misses first, both sides of each rule. */
export function printStory({ job, attempts, now }: ExplainResponse): void {
  if (!job) return;
  const where = job.providerName ? ` on ${job.providerName}` : "";
  printLine(`${colors.bold(job.id)}  ${colorState(JobState[job.state])}${where}`);
  for (const attempt of attempts) printAttempt(attempt);
  printBudgets(job);
  if (!now) return;
  printLine();
  const retryAt = job.notBefore && timestampDate(job.notBefore);
  if (retryAt && retryAt.getTime() > Date.now()) printLine(`waits for its retry until ${retryAt.toISOString()}`);
  printLine(
    now.placed
      ? "a provider fits now; it is being placed"
      : `no provider fits: ${now.candidates} looked at, ${now.eligible} eligible`,
  );
  printProviders(now);
}

/** What is left of the two budgets, once one was drawn on. */
function printBudgets({ infrastructureFailures, ownFailures, spec }: Job): void {
  if (infrastructureFailures + ownFailures === 0) return;
  const maxAttempts = spec?.retry?.maxAttempts ?? 1;
  printLine();
  printLine(
    `infrastructure failures: ${infrastructureFailures} of ${INFRASTRUCTURE_ATTEMPTS}, own failures: ${ownFailures} of ${maxAttempts}`,
  );
}

function printAttempt({ worker, decision, cause, fix }: AttemptStory): void {
  if (!worker) return;
  const why = decision?.rankHealth
    ? ` by ${decision.fallbackStep || "R3"}, priority ${decision.rankPriority}, ${decision.rankActiveWorkers} of ${decision.rankMaxWorkers} slots taken, ${decision.rankHealth}`
    : "";
  const exit = worker.exitCode === undefined ? "" : ` with exit code ${worker.exitCode}`;
  const failure = worker.failureCode ? `  ${colors.red(worker.failureCode)}: ${worker.failureMessage}` : "";
  printLine();
  printLine(`attempt ${worker.attempt}: ${colors.bold(worker.providerName)}${why}`);
  printLine(`  ${WorkerState[worker.state]}${exit}${failure}`);
  if (cause) {
    printLine(`  cause: ${cause}`);
    printLine(`  fix:   ${fix}`);
  }
  if (decision) printProviders(decision, worker.providerName);
}

function printProviders({ providers, omitted, hints }: Decision, chosen?: string): void {
  for (const { providerName, refusals } of providers.slice(0, SHOWN_PROVIDERS)) {
    if (providerName === chosen) continue;
    if (refusals.length === 0) printLine(`  ${colors.dim("also fits")}  ${providerName}`);
    else printLine(`  ${colors.yellow("refused")}    ${providerName}: ${refusals.map(formatRefusal).join("; ")}`);
  }
  const hidden = Math.max(0, providers.length - SHOWN_PROVIDERS) + omitted;
  if (hidden > 0) printLine(`  … and ${hidden} more; --json shows them`);
  for (const hint of hints) printLine(`  ${colors.cyan("hint")}       ${hint}`);
}
