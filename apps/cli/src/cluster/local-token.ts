import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Home } from "@hodei/local-cluster";
import { issueToken, readTokenByHash, revokeToken, type Store, sha256Of } from "@hodei/store";

const NAME = "local-cluster";

/** The API token of a local cluster, which `hodei env` prints; empty before `hodei up` made one. */
export function readLocalToken(home: Home): string {
  const path = pathOf(home);
  return existsSync(path) ? readFileSync(path, "utf8").trim() : "";
}

/** Makes the token where there is none that works: only the owner of the cluster's folder can read it. */
export async function ensureLocalToken(home: Home, store: Store): Promise<void> {
  const known = readLocalToken(home);
  const row = known === "" ? undefined : await readTokenByHash(store.pool, sha256Of(known));
  if (row && !row.revokedAt && !row.isExpired) return;
  const issued = await store.transaction("operator", async (tx) => {
    // One of that name whose text is lost is of no use to anybody.
    await revokeToken(tx, NAME);
    return await issueToken(tx, { name: NAME, role: "admin" });
  });
  if (issued) writeFileSync(pathOf(home), `${issued.token}\n`, { mode: 0o600 });
}

function pathOf(home: Home): string {
  return home.in("token");
}
