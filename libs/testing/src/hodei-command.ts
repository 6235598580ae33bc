import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { TestCluster } from "./test-cluster.ts";

const HODEI = fileURLToPath(new URL("../../../apps/cli/bin/hodei.js", import.meta.url));

export interface CommandOutcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** `hodei …` as a user of this cluster types it, who has its database. */
export function hodei(
  cluster: Pick<TestCluster, "home" | "database" | "nats">,
  ...args: string[]
): Promise<CommandOutcome> {
  const { home, database, nats } = cluster;
  return hodeiWith({ HODEI_HOME: home, HODEI_DATABASE_URL: database.url, HODEI_NATS_URL: nats.url }, ...args);
}

/** The same with these variables. */
export function hodeiWith(variables: Record<string, string>, ...args: string[]): Promise<CommandOutcome> {
  const env = { ...process.env, NO_COLOR: "1", ...variables };
  return new Promise((resolve) => {
    execFile(process.execPath, [HODEI, ...args], { env, timeout: 110_000 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error ? 1 : 0, stdout, stderr });
    });
  });
}
