import { inProcessTransport } from "@hodei/api-server/in-process";
import { makeLogger } from "@hodei/telemetry";
import { connectBus, connectStore, findConnection } from "../connect.ts";
import { makeLazyBus } from "./lazy-bus.ts";
import type { Route } from "./route.ts";

/** The API in this process. Who has the database's own password may do everything, and is called what SQL would call him. */
export async function openDirectRoute(): Promise<Route> {
  const store = await connectStore();
  const closing = new AbortController();
  const bus = makeLazyBus(connectBus);
  const context = { store, bus, logger: makeLogger("cli", "silent"), signal: closing.signal };
  const user = decodeURIComponent(URL.parse(findConnection().databaseUrl)?.username ?? "") || "unknown";
  return {
    transport: inProcessTransport(context, { name: `sql:${user}`, role: "admin", source: "cli" }),
    name: "the database",
    async [Symbol.asyncDispose]() {
      await bus[Symbol.asyncDispose]();
      closing.abort();
      await store[Symbol.asyncDispose]();
    },
  };
}
