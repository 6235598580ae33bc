import { type TestCluster, waitFor } from "@hodei/testing";

export interface HealthOfProvider extends Record<string, unknown> {
  status: string;
  status_reason: string | null;
  health: string | null;
  code: string | null;
  cause: string | null;
  fix: string | null;
  detail: string | null;
}

/** Waits until a provider's rows say all of that. */
export function becomes(
  cluster: Pick<TestCluster, "database">,
  name: string,
  what: Partial<HealthOfProvider>,
): Promise<HealthOfProvider> {
  return waitFor(
    `${name} to be ${JSON.stringify(what)}`,
    async () => {
      const [row] = await cluster.database.query<HealthOfProvider>(
        `SELECT p.status, p.status_reason, h.health, h.code, h.cause, h.fix, h.detail
           FROM provider_configs p LEFT JOIN provider_health h ON h.provider_id = p.id WHERE p.name = $1`,
        [name],
      );
      if (row && Object.entries(what).every(([key, value]) => row[key] === value)) return row;
      throw new Error(JSON.stringify(row));
    },
    60_000,
  );
}

/** How many checks of a provider were recorded. */
export async function checksOf(cluster: Pick<TestCluster, "database">, name: string): Promise<number> {
  const [row] = await cluster.database.query<{ n: number }>(
    "SELECT count(*)::int AS n FROM provider_health_checks c JOIN provider_configs p ON p.id = c.provider_id WHERE p.name = $1",
    [name],
  );
  return row?.n ?? 0;
}
