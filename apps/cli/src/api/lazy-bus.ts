import { Code, ConnectError } from "@connectrpc/connect";
import type { ApiBus } from "@hodei/api-server/in-process";
import type { Bus } from "@hodei/bus";

/**
 * NATS, connected when something needs it: what only reads rows works without. To listen needs nothing by itself; it begins with
 * the connection, before what the connection was opened for.
 */
export function makeLazyBus(open: () => Promise<Bus>): ApiBus & AsyncDisposable {
  let opening: Promise<Bus> | undefined;
  let connected: Bus | undefined;
  const listeners: ((bus: Bus) => void)[] = [];
  const underWay = new Set<Promise<unknown>>();

  const bus = () => {
    opening ??= connect();
    return opening;
  };

  async function connect(): Promise<Bus> {
    try {
      connected = await open();
    } catch (error) {
      throw new ConnectError(error instanceof Error ? error.message : String(error), Code.Unavailable);
    }
    for (const listen of listeners) listen(connected);
    return connected;
  }

  /** Some of it nobody waits for; but the end of the process does. */
  async function tracked<T>(work: Promise<T>): Promise<T> {
    underWay.add(work);
    try {
      return await work;
    } finally {
      underWay.delete(work);
    }
  }

  return {
    publish: (messages) => tracked(bus().then((each) => each.publish(messages))),
    subscribe(...subscription) {
      if (connected) connected.subscribe(...subscription);
      else listeners.push((each) => each.subscribe(...subscription));
    },
    async *request(...asked) {
      yield* (await bus()).request(...asked);
    },
    async *readJobLogs(...asked) {
      yield* (await bus()).readJobLogs(...asked);
    },
    lastJobLog: async (jobId) => await (await bus()).lastJobLog(jobId),
    check: async () => await (await bus()).check(),
    async [Symbol.asyncDispose]() {
      await Promise.allSettled([...underWay, opening]);
      await connected?.[Symbol.asyncDispose]();
    },
  };
}
