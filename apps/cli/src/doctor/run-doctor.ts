import { ADVICE } from "@hodei/diagnostics";
import { UsageError } from "../errors.ts";
import { printJson } from "../print.ts";
import { connectionOf, examine } from "./examine.ts";
import { examineBus } from "./examine-bus.ts";
import { openDatabase } from "./examine-database.ts";
import { examineJob } from "./examine-job.ts";
import { examineProvider } from "./examine-provider.ts";
import { exitCodeOf, type Finding } from "./finding.ts";
import { guarded } from "./guarded.ts";
import { makeFindingPrinter, printSummary } from "./print-finding.ts";
import { readError } from "./read-error.ts";
import { findProvider } from "./read-provider-rows.ts";

interface DoctorOptions {
  provider?: string;
  job?: string;
  error?: string;
  json?: boolean;
}

/** `hodei doctor`: ends with 0 when all works, 1 when something does not, 2 when the words of the command are wrong. */
export async function runDoctor(options: DoctorOptions): Promise<void> {
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
