import type { Bus } from "@hodei/bus";
import { openHome, readClusterFile } from "@hodei/local-cluster";
import { openStore, type Store } from "@hodei/store";
import { UserError } from "./errors.ts";

/** Where the cluster is: the environment's word, else the local cluster's. */
export interface Connection {
  databaseUrl: string;
  natsUrl: string;
  apiUrl: string;
}

const START_FIRST = "start a local cluster with: hodei up; or set HODEI_DATABASE_URL and HODEI_NATS_URL";

export function findConnection(): Connection {
  const { env } = process;
  const cluster = readClusterFile(openHome());
  const databaseUrl = env["HODEI_DATABASE_URL"] || cluster?.databaseUrl;
  const natsUrl = env["HODEI_NATS_URL"] || cluster?.natsUrl;
  if (!databaseUrl || !natsUrl) {
    const what = env["HODEI_API_URL"]
      ? "this command needs the database and NATS themselves, not the API"
      : "no cluster is known here";
    throw new UserError(`${what}; ${START_FIRST}`);
  }
  return { databaseUrl, natsUrl, apiUrl: env["HODEI_API_URL"] || cluster?.apiUrl || "http://127.0.0.1:8080" };
}

/** Opens PostgreSQL for one command. @throws UserError when it does not answer */
export async function connectStore(): Promise<Store> {
  try {
    return await openStore(findConnection().databaseUrl, {
      applicationName: "hodei-cli",
      maxConnections: 2,
      connectSeconds: 2,
    });
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `PostgreSQL does not answer (${error instanceof Error ? error.message : String(error)}); ${START_FIRST}`,
      { cause: error },
    );
  }
}

const NATS_PATIENCE_MS = 3_000;

/** Opens NATS for one command; its client is loaded for those that need it. @throws UserError when it does not answer */
export async function connectBus(): Promise<Bus> {
  const { natsUrl } = findConnection();
  const [{ openBus }, { loadSettings }, { makeLogger }] = await Promise.all([
    import("@hodei/bus"),
    import("@hodei/runtime"),
    import("@hodei/telemetry"),
  ]);
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new UserError(`NATS at ${natsUrl} does not answer; ${START_FIRST}`)),
    NATS_PATIENCE_MS,
  );
  try {
    return await Promise.race([
      openBus({
        url: natsUrl,
        name: "cli",
        logger: makeLogger("cli", "silent"),
        // The same variables as a service's: HODEI_NATS_USER, _PASSWORD, _CA …
        auth: loadSettings("cli").natsAuth,
      }),
      late.promise,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
