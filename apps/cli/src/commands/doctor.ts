import { ADVICE } from "@hodei/diagnostics";
import type { Command } from "commander";
import { connectionOf, examine } from "../doctor/examine.ts";
import { examineBus } from "../doctor/examine-bus.ts";
import { openDatabase } from "../doctor/examine-database.ts";
import { examineJob } from "../doctor/examine-job.ts";
import { examineProvider } from "../doctor/examine-provider.ts";
import { exitCodeOf, type Finding } from "../doctor/finding.ts";
import { guarded } from "../doctor/guarded.ts";
import { makeFindingPrinter, printSummary } from "../doctor/print-finding.ts";
import { readError } from "../doctor/read-error.ts";
import { UsageError } from "../errors.ts";
import { printJson } from "../print.ts";
import { findProvider } from "../providers/provider-rows.ts";

interface DoctorOptions {
  provider?: string;
  job?: string;
  error?: string;
  json?: boolean;
}

/** `hodei doctor`: ends with 0 when all works, 1 when something does not, 2 when the words of the command are wrong. */
export function addDoctorCommand(program: Command): void {
  program
    .command("doctor")
    .description("find what is wrong, why, and what to type; ends with 1 when something does not work")
    .option("--provider <name>", "check one provider now, and show each step")
    .option("--job <id>", "where one job is, since when and why, and what would help it")
    .option("--error <text>", "what an error text means")
    .option("--json", "for programs")
    .addHelpText(
      "after",
      "\nExit codes:\n  0  nothing keeps jobs from running (there may be warnings)\n  1  something does not work\n  2  the words of the command are wrong",
    )
    .action(doctor);
}

async function doctor(options: DoctorOptions): Promise<void> {
  const asked = [options.provider, options.job, options.error].filter((each) => each !== undefined);
  if (asked.length > 1) throw new UsageError("write one of --provider, --job and --error");
  const print = options.json ? () => undefined : makeFindingPrinter();
  const findings: Finding[] = [];
  for await (const finding of findingsOf(options)) {
    findings.push(finding);
    print(finding);
  }
  if (options.json) printJson({ findings: findings.map(withAdvice) });
  else if (options.error === undefined) printSummary(findings);
  process.exitCode = exitCodeOf(findings);
}

async function* findingsOf({ provider, job, error }: DoctorOptions): AsyncGenerator<Finding> {
  if (error !== undefined) yield readError(error);
  else if (provider === undefined && job === undefined) yield* examine();
  else yield* examineOne(provider, job);
}

async function* examineOne(provider: string | undefined, job: string | undefined): AsyncGenerator<Finding> {
  const connection = connectionOf();
  if ("finding" in connection) {
    yield connection.finding;
    return;
  }
  const database = await openDatabase(connection.databaseUrl);
  if ("finding" in database) {
    yield database.finding;
    yield* guarded("nats", examineBus(connection.natsUrl));
    return;
  }
  await using store = database.store;
  if (provider !== undefined)
    yield* guarded("providers", examineProvider(store, (await findProvider(store, provider)).id));
  if (job !== undefined) yield* guarded("jobs", examineJob(store, job));
}

function withAdvice({ advice = [], ...finding }: Finding) {
  return { ...finding, advice: advice.map((key) => ({ key, ...ADVICE[key] })) };
}
