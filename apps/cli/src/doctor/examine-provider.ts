import { ConnectError } from "@connectrpc/connect";
import { askCheck } from "@hodei/api-server/in-process";
import { JobSpec } from "@hodei/contracts";
import { askingJob, formatRefusal, refusalsOf, remediesOf, requirementsOf } from "@hodei/placement";
import { readFleet, readWaitingClasses, type Store } from "@hodei/store";
import { connectBus } from "../connect.ts";
import { UserError } from "../errors.ts";
import { say } from "../print.ts";
import { databaseNow } from "./examine.ts";
import { adviceOnRefusal } from "./examine-jobs.ts";
import { providerFindings } from "./examine-providers.ts";
import type { Finding } from "./finding.ts";
import { listProviders } from "./read-provider-rows.ts";

const CLASSES = 50;

/** One provider: its health check made now, with each step; its row; and the jobs that only one rule keeps from it. */
export async function* examineProvider(store: Store, providerId: string): AsyncGenerator<Finding> {
  yield* checkLive(providerId);
  const row = (await listProviders(store)).find(({ provider }) => provider.id === providerId);
  if (row) yield* providerFindings(row, await databaseNow(store));
  yield* nearMisses(store, providerId);
}

async function* checkLive(providerId: string): AsyncGenerator<Finding> {
  try {
    await using bus = await connectBus();
    for await (const answer of askCheck(bus, providerId)) {
      if (answer.event === "begun") say(`${answer.instance} checks it, for at most ${answer.timeout_seconds} s …`);
      if (answer.event !== "checked") continue;
      for (const { name, ok, detail, command } of answer.steps) {
        yield {
          area: "providers",
          severity: ok ? "ok" : "warning",
          text: `${name}${detail ? `: ${detail}` : ""}`,
          ...(command && { commands: [command] }),
        };
      }
      const ms = Math.round(answer.latency_ms ?? 0);
      yield { area: "providers", severity: "note", text: `checked now: ${answer.health} after ${ms} ms` };
    }
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    yield {
      area: "providers",
      severity: "warning",
      text: `it cannot be checked now: ${reason}`,
      fix: "what follows is what the last check found",
    };
  }
}

function reasonOf(error: unknown): string | undefined {
  if (error instanceof ConnectError) return error.rawMessage;
  return error instanceof UserError ? error.message : undefined;
}

async function* nearMisses({ pool }: Store, providerId: string): AsyncGenerator<Finding> {
  const [provider] = await readFleet(pool, [providerId]);
  if (!provider) return;
  for (const each of await readWaitingClasses(pool, CLASSES)) {
    const spec = JobSpec.parse(each.spec);
    const [refusal, ...more] = refusalsOf(requirementsOf(spec, each.excludedProviders), provider);
    if (!refusal || more.length > 0) continue;
    yield {
      area: "jobs",
      severity: "note",
      text: `${each.jobs === 1 ? `job ${each.jobId} waits` : `${each.jobs} jobs like ${each.jobId} wait`} and only one rule keeps them from it: ${formatRefusal(refusal)}`,
      ways: remediesOf(refusal, provider, askingJob(each.jobId, spec)),
      advice: adviceOnRefusal(refusal),
    };
  }
}
