import type { Store } from "@hodei/store";
import { findConnection } from "../connect.ts";
import { UserError } from "../errors.ts";
import { examineBus } from "./examine-bus.ts";
import { examineSchema, openDatabase } from "./examine-database.ts";
import { examineJobs } from "./examine-jobs.ts";
import { examineLedger } from "./examine-ledger.ts";
import { providerFindings } from "./examine-providers.ts";
import { examineServices } from "./examine-services.ts";
import { advised, type Finding } from "./finding.ts";
import { guarded } from "./guarded.ts";
import { listProviders } from "./read-provider-rows.ts";

/** Of a large fleet only what is wrong is told line by line. */
const QUIET_LINES = 50;

/** Walks the whole troubleshooting guide; each finding as soon as it is known. Never throws: what is down is a finding. */
export async function* examine(): AsyncGenerator<Finding> {
  const connection = connectionOf();
  if ("finding" in connection) {
    yield connection.finding;
    return;
  }
  const { databaseUrl, natsUrl } = connection;
  const database = await openDatabase(databaseUrl);
  if ("finding" in database) {
    yield database.finding;
    yield* guarded("nats", examineBus(natsUrl));
    yield* guarded("services", examineServices(databaseUrl, undefined));
    return;
  }
  await using store = database.store;
  yield* guarded("database", examineSchema(store));
  yield* guarded("nats", examineBus(natsUrl));
  yield* guarded("services", examineServices(databaseUrl, store));
  yield* guarded("providers", examineProviders(store));
  yield* guarded("jobs", examineJobs(store));
  yield* guarded("ledger", examineLedger(store));
}

/** Where the cluster is, or the finding that nothing says so. */
export function connectionOf(): ReturnType<typeof findConnection> | { finding: Finding } {
  try {
    return findConnection();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return {
      finding: {
        area: "database",
        severity: "problem",
        text: error.message,
        fix: "start a local cluster, or say where the cluster is",
        commands: ["hodei up", "export HODEI_DATABASE_URL=postgres://… HODEI_NATS_URL=nats://…"],
      },
    };
  }
}

async function* examineProviders(store: Store): AsyncGenerator<Finding> {
  const providers = await listProviders(store);
  const now = await databaseNow(store);
  const findings = providers.flatMap((each) => providerFindings(each, now));
  const isTold = ({ severity }: Finding) => severity === "problem" || severity === "warning";
  const quiet = findings.filter((finding) => !isTold(finding));
  yield* findings.filter((finding) => isTold(finding) || quiet.length <= QUIET_LINES);
  const well = quiet.filter(({ severity }) => severity === "ok").length;
  if (quiet.length > QUIET_LINES) {
    const text = `${well} of ${providers.length} providers are well; hodei providers list shows each`;
    yield { area: "providers", severity: "ok", text };
  }
  if (providers.length > 0) return;
  yield advised("PROVIDER_NOT_LISTED", {
    area: "providers",
    severity: "problem",
    text: "no provider is registered, so no job can run",
    commands: ["hodei providers add -f FILE", "SELECT * FROM provider_configs;"],
  });
}

export async function databaseNow({ pool }: Store): Promise<Date> {
  const { rows } = await pool.query<{ now: Date }>("SELECT now() AS now");
  return rows[0]?.now ?? new Date();
}
