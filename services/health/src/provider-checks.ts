import { join } from "node:path";
import type { HealthCheckConfig } from "@hodei/contracts";
import { failureCodeOf } from "@hodei/diagnostics";
import { type Health, type openProvider, type Provider, StartError } from "@hodei/providers";
import type { DueCheck } from "@hodei/store";
import type { Logger } from "@hodei/telemetry";

/** What was found, and how long it took. */
export interface CheckResult {
  found: Health;
  latencyMs: number;
}

/** A provider kept open between its checks. */
interface OpenProvider {
  configuration: string;
  openedAt: number;
  provider: Provider;
}

/** A question that a provider has not answered yet. */
interface Question {
  configuration: string;
  askedAt: number;
}

/** Kept open at most; of those that are not being asked the one opened first goes first. */
const MAX_OPEN = 1_000;
/** Opened anew after this, so that renewed files and addresses are read however well it goes. */
const OPEN_MS = 600_000;
/** An adapter that heeds neither its signal nor being closed is given up after this: at most one more of its calls hangs each time. */
const GIVE_UP_MS = 300_000;

/**
 * Asks providers how they are. One that does not answer in time is a finding, never a hang, and is not asked again on top of the question
 * it has not answered. A provider stays open while its checks are good and its configuration stays; after a bad one it is opened anew, so
 * that mended credentials count at once.
 */
export function makeProviderChecks({
  open: openProviderOf,
  clusterId,
  home,
  logger,
}: {
  open: typeof openProvider;
  clusterId: string;
  home: string;
  logger: Logger;
}) {
  const open = new Map<string, OpenProvider>();
  const unanswered = new Map<string, Question>();

  return {
    async check(due: DueCheck, config: HealthCheckConfig): Promise<CheckResult> {
      const begun = performance.now();
      const earlier = unanswered.get(due.providerId);
      const configuration = JSON.stringify([due.providerType, due.config]);
      if (earlier?.configuration === configuration && begun - earlier.askedAt < GIVE_UP_MS) {
        const seconds = Math.round((begun - earlier.askedAt) / 1000);
        return {
          found: silent(`the check begun ${seconds} s ago still has no answer`),
          latencyMs: begun - earlier.askedAt,
        };
      }
      const signal = AbortSignal.timeout(config.timeoutSeconds * 1000);
      const late = Promise.withResolvers<Health>();
      const answerLate = () => late.resolve(silent(`no answer within ${config.timeoutSeconds} s`));
      signal.addEventListener("abort", answerLate, { once: true });
      const question: Question = { configuration, askedAt: begun };
      unanswered.set(due.providerId, question);
      const answer = ask(due, configuration, signal).finally(() => {
        if (unanswered.get(due.providerId) === question) unanswered.delete(due.providerId);
      });
      try {
        const found = await Promise.race([answer, late.promise]);
        if (found.state !== "healthy") forget(due.providerId);
        return { found, latencyMs: performance.now() - begun };
      } finally {
        signal.removeEventListener("abort", answerLate);
      }
    },
    async [Symbol.asyncDispose]() {
      for (const id of [...open.keys()]) forget(id);
    },
  };

  /** Never rejects: a provider that cannot be opened or throws is a finding. */
  async function ask(due: DueCheck, configuration: string, signal: AbortSignal): Promise<Health> {
    try {
      const provider = await opened(due, configuration);
      if (signal.aborted) return silent("it opened too late");
      return await provider.check(signal);
    } catch (error) {
      return findingOf(error);
    }
  }

  async function opened(due: DueCheck, configuration: string): Promise<Provider> {
    const known = open.get(due.providerId);
    if (known?.configuration === configuration && performance.now() - known.openedAt < OPEN_MS) return known.provider;
    forget(due.providerId);
    const provider = await openProviderOf(due.providerType, due.config, {
      providerId: due.providerId,
      providerName: due.name,
      clusterId,
      stateDirectory: join(home, "providers", due.providerId),
      logger,
    });
    forget(due.providerId);
    open.set(due.providerId, { configuration, openedAt: performance.now(), provider });
    const idle = open.size > MAX_OPEN ? open.keys().find((id) => !unanswered.has(id)) : undefined;
    if (idle !== undefined) forget(idle);
    return provider;
  }

  /** Closes it in the background: one that hangs while closing holds up no check. */
  function forget(providerId: string): void {
    const known = open.get(providerId);
    if (!known) return;
    open.delete(providerId);
    const close = async () => known.provider[Symbol.asyncDispose]();
    close().catch((error: unknown) => logger.warn({ err: error, provider_id: providerId }, "could not be closed"));
  }
}

function silent(detail: string): Health {
  return { state: "degraded", code: "UNREACHABLE", detail, needsConfirmation: true };
}

/** Credentials that cannot be read, a configuration that cannot be used: no repetition makes it better. Silence may be a moment's. */
function findingOf(error: unknown): Health {
  const detail = error instanceof Error ? error.message : String(error);
  const code = error instanceof StartError ? error.code : (failureCodeOf(detail) ?? "PROVIDER_ERROR");
  return code === "UNREACHABLE" ? silent(detail) : { state: "unhealthy", code, detail };
}
