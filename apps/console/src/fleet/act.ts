import type { Provider } from "@hodei/api/provider";
import { jobs, providers } from "../api/clients.ts";
import { nameOf } from "../live/fleet.ts";
import { notify, notifyFailure } from "../ui/notices.tsx";
import { HEALTH } from "../ui/words.ts";

/** Takes work again. */
export async function enable(providerId: string, name: string): Promise<void> {
  try {
    await providers.enableProvider({ providerId });
    notify("good", `${name} takes work again; it is checked now.`);
  } catch (error) {
    notifyFailure(`${name} was not enabled`, error);
  }
}

export async function disable(providerId: string, name: string): Promise<void> {
  try {
    await providers.disableProvider({ providerId });
    notify("good", `${name} is disabled: no new work; what runs there finishes.`);
  } catch (error) {
    notifyFailure(`${name} was not disabled`, error);
  }
}

/** Maintenance, then tells how many are left until there is none. */
export async function drain(providerId: string, name: string): Promise<void> {
  let notice: number | undefined;
  try {
    for await (const { activeWorkers, drained } of providers.drainProvider({ providerId })) {
      const workers = activeWorkers === 1 ? "1 worker is" : `${activeWorkers} workers are`;
      notice = drained
        ? notify("good", `${name} is empty and in maintenance.`, notice)
        : notify("work", `Draining ${name}: ${workers} left.`, notice);
    }
  } catch (error) {
    notifyFailure(`Draining ${name} is not followed any more`, error, notice);
  }
}

export async function check(provider: Provider): Promise<void> {
  const name = nameOf(provider);
  const notice = notify("work", `Checking ${name} …`);
  try {
    const { health, steps } = await providers.checkProvider({ providerId: provider.id });
    const { word, tone } = HEALTH[health?.state ?? 0];
    const tried = steps.map(({ ok, name: step, detail }) => ({ ok, text: detail ? `${step}: ${detail}` : step }));
    const why = [health?.cause, health?.fix].filter(Boolean).join(" – ");
    notify(tone, `${name}: ${word}${why ? `: ${why}` : ""}.`, notice, tried);
  } catch (error) {
    notifyFailure(`${name} was not checked`, error, notice);
  }
}

/** What taking a provider out would do to jobs that wait; in a sentence. */
export async function consequenceOf(providerId: string): Promise<string> {
  const { strandedJobs, waiting } = await jobs.plan({ changes: [{ providerId, remove: true }] });
  if (waiting === 0) return "No job waits at the moment.";
  if (strandedJobs === 0n) return "No waiting job depends on it.";
  return `${strandedJobs} of ${waiting} waiting jobs could then run nowhere.`;
}
