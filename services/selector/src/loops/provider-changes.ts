import type { Bus } from "@hodei/bus";
import { SUBJECTS } from "@hodei/contracts";
import { runLoop, type Wake } from "@hodei/runtime";
import type { Logger } from "@hodei/telemetry";
import type { FleetView } from "../placing/fleet-view.ts";

/** However quiet it is, the whole fleet is read again this often (design §5.1). */
const RESYNC_MS = 30_000;

/** Keeps the fleet view current: named providers as soon as something is said of them, all of them every 30 s. */
export async function followProviderChanges({
  bus,
  view,
  wake,
  evacuate,
  changed,
  logger,
  signal,
}: {
  bus: Bus;
  view: FleetView;
  /** Wakes this loop. */
  wake: Wake;
  /** Called when a provider is unhealthy: starts there are given up. */
  evacuate: () => Promise<void>;
  /** Called after each refresh: a waiting job may fit now. */
  changed: () => void;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  let named = new Set<string>();
  let nextResync = 0;
  const note = (delivery: { data: Uint8Array }) => {
    const id = providerIdIn(delivery.data);
    if (id) named.add(id);
    else nextResync = 0;
    wake.wake();
  };
  bus.subscribe(SUBJECTS.providerChanged, note, signal);
  const noteChange = (delivery: { data: Uint8Array }) => {
    if (!isHeartbeat(delivery.data)) note(delivery);
  };
  bus.subscribe(SUBJECTS.providerHealth, noteChange, signal);
  await runLoop({
    name: "provider changes",
    signal,
    idleMs: RESYNC_MS,
    wake,
    onError: (error: unknown) => logger.error({ err: error }, "the fleet could not be read; it will be tried again"),
    step: async () => {
      try {
        return await look();
      } catch (error) {
        // What was named is forgotten by now.
        nextResync = 0;
        throw error;
      }
    },
  });

  async function look(): Promise<boolean> {
    const ids = named;
    named = new Set();
    const isResync = performance.now() >= nextResync;
    if (isResync) {
      await view.refresh();
      nextResync = performance.now() + RESYNC_MS;
    } else if (ids.size > 0) {
      await view.refresh([...ids]);
    } else {
      return false;
    }
    const looked = isResync ? view.fleet.all() : [...ids].flatMap((id) => view.fleet.get(id) ?? []);
    if (looked.some((provider) => provider.health === "unhealthy")) await evacuate();
    changed();
    return named.size > 0;
  }
}

/** Nothing changed: nobody who waits can be helped by it. */
function isHeartbeat(data: Uint8Array): boolean {
  return /"changed":\s*false/.test(Buffer.from(data).toString("latin1"));
}

function providerIdIn(data: Uint8Array): string | undefined {
  try {
    const body: unknown = JSON.parse(Buffer.from(data).toString("utf8"));
    if (typeof body !== "object" || body === null || !("provider_id" in body)) return undefined;
    return typeof body.provider_id === "string" ? body.provider_id : undefined;
  } catch {
    // Not ours to read: whoever said it, a full resync answers it.
    return undefined;
  }
}
