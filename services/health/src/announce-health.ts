import type { Bus } from "@hodei/bus";
import { type ProviderHealth, SUBJECTS } from "@hodei/contracts";
import { makeWake, runLoop } from "@hodei/runtime";
import type { Logger } from "@hodei/telemetry";

/** Longest that a word waits when its wake was lost. */
const NET_MS = 5_000;

/** Says what is new of providers, the newest word of each; while NATS is away they wait here, and no check waits for them. */
export function makeAnnouncer(bus: Bus, logger: Logger) {
  /** By provider: as many at most as there are providers. */
  const waiting = new Map<string, ProviderHealth>();
  const wake = makeWake();

  return {
    say(health: ProviderHealth): void {
      // A change that is not out yet stays one, though the next word is only a heartbeat.
      const changed = health.changed || waiting.get(health.provider_id)?.changed === true;
      waiting.set(health.provider_id, { ...health, changed });
      wake.wake();
    },
    run: (signal: AbortSignal) =>
      runLoop({
        name: "provider.health",
        signal,
        idleMs: NET_MS,
        wake,
        onError: (error) => logger.warn({ err: error }, "provider.health could not be published; the rows have it"),
        onRecovered: () => logger.info("provider.health is published again"),
        step: publish,
      }),
  };

  async function publish(): Promise<boolean> {
    const words = [...waiting.values()];
    if (words.length === 0) return false;
    await bus.publish(
      words.map((body) => ({
        subject: SUBJECTS.providerHealth,
        messageId: `${body.provider_id}.${body.at}`,
        body,
      })),
    );
    for (const word of words) if (waiting.get(word.provider_id) === word) waiting.delete(word.provider_id);
    return waiting.size > 0;
  }
}
