import { setTimeout as sleep } from "node:timers/promises";
import { type CheckAnswer, CheckRequest, formatProblem, SUBJECTS } from "@hodei/contracts";
import { claimCheck, type DueCheck, type Store, schema } from "@hodei/store";
import { eq } from "drizzle-orm";
import { type CheckTools, healthCheckConfigOf, performCheck } from "./perform-check.ts";

const { providerConfigs, providerHealth } = schema;

/** Instances of the service share the requests. */
const QUEUE = "health";
/** A check that somebody else makes at this moment ends within its timeout; this is for the slowest of them. */
const LONGEST_WAIT_MS = 320_000;
const LOOK_MS = 100;

/** Answers `provider.check`: `hodei providers check` and `hodei doctor --provider` ask where the provider can be reached from. */
export function answerChecks(tools: CheckTools, signal: AbortSignal): void {
  let requests = 0;
  tools.bus.answer(SUBJECTS.providerCheck, QUEUE, (data) => answer(data), signal);

  async function* answer(data: Uint8Array): AsyncGenerator<CheckAnswer> {
    const request = CheckRequest.safeParse(parsed(data));
    if (!request.success) {
      yield { event: "refused", reason: 'the request is not understood; write {"provider_id": "…"}' };
      return;
    }
    const providerId = request.data.provider_id;
    const reason = await refusal(tools.store, providerId);
    if (reason) {
      yield { event: "refused", reason };
      return;
    }
    requests += 1;
    const claimant = `${tools.instanceId}/asked-${requests}`;
    const asked = performance.now();
    const before = await checkedAt(tools.store, providerId);
    while (!signal.aborted && performance.now() - asked < LONGEST_WAIT_MS) {
      const due = await claimCheck(tools.store.pool, claimant, providerId);
      if (due) {
        yield begun(due, tools.instanceId);
        await performCheck(due, tools);
      }
      // Ours, or the one that somebody else was making as we were asked.
      const result = await resultOf(tools.store, providerId);
      if (result && result.checkedAt?.getTime() !== before) {
        yield result.answer;
        return;
      }
      await sleep(LOOK_MS);
    }
    yield { event: "refused", reason: "the check did not come to an end; ask again" };
  }
}

function begun(due: DueCheck, instance: string): CheckAnswer {
  return { event: "begun", instance, timeout_seconds: healthCheckConfigOf(due.config).timeoutSeconds };
}

/** Why a provider is not checked at all; `null` when it is. */
async function refusal({ db }: Store, id: string): Promise<string | null> {
  const isId = /^[0-9a-f-]{36}$/i.test(id);
  const [row] = isId ? await db.select().from(providerConfigs).where(eq(providerConfigs.id, id)) : [];
  if (!row) return `there is no provider with the id ${id}`;
  const name = JSON.stringify(row.name);
  if (row.status === "DISABLED") return `${row.name} is DISABLED and not checked; type: hodei providers enable ${name}`;
  if (row.configErrors === null)
    return `the configuration of ${row.name} was not validated yet; is the registry running?`;
  if (row.configErrors.length === 0) return null;
  return `the configuration of ${row.name} is not valid: ${row.configErrors.map(formatProblem).join("; ")}`;
}

async function checkedAt({ db }: Store, id: string): Promise<number | undefined> {
  const [row] = await db
    .select({ at: providerHealth.checkedAt })
    .from(providerHealth)
    .where(eq(providerHealth.providerId, id));
  return row?.at?.getTime();
}

async function resultOf(
  { db }: Store,
  id: string,
): Promise<{ checkedAt: Date | null; answer: CheckAnswer } | undefined> {
  const [row] = await db.select().from(providerHealth).where(eq(providerHealth.providerId, id));
  if (!row?.checkedAt) return undefined;
  const { health, code, cause, fix, detail, latencyMs, steps } = row;
  const answer = { event: "checked", health, code, cause, fix, detail, latency_ms: latencyMs, steps } as const;
  return { checkedAt: row.checkedAt, answer };
}

function parsed(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data).toString("utf8"));
  } catch {
    // Not JSON: the schema says so to who asked.
    return undefined;
  }
}
