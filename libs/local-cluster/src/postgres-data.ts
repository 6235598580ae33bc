import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Home } from "./home.ts";
import { ownFolder } from "./own-folder.ts";
import { canReach, type Owner } from "./unprivileged-user.ts";

const run = promisify(execFile);
const INITDB_MS = 60_000;

/** The password of user `hodei`: made here, once a home, readable by its owner only. */
export function passwordOf(home: Home): string {
  const path = home.in("password");
  if (!existsSync(path)) writeFileSync(path, randomBytes(18).toString("base64url"), { mode: 0o600 });
  return readFileSync(path, "utf8");
}

/**
 * The folder of PostgreSQL's data: in the home; where PostgreSQL's user cannot reach that, in /var/tmp. There its name follows from the
 * home's password, so that a home that was deleted and made anew does not find data that its password does not open.
 */
export function dataDirectory(home: Home, owner: Owner | undefined, say: (line: string) => void): string {
  const own = home.in("postgres");
  mkdirSync(own, { recursive: true });
  if (!owner) return own;
  giveTo(owner, own);
  if (canReach(own, owner)) return own;
  const key = createHash("sha256")
    .update(`data of ${passwordOf(home)}`)
    .digest("hex")
    .slice(0, 12);
  const data = join(ownFolder(join("/var/tmp", `hodei-${key}`)), "postgres");
  mkdirSync(data, { recursive: true });
  giveTo(owner, data);
  say(`PostgreSQL may not run as root, and its user cannot reach ${home.path}: its data is in ${data}`);
  return data;
}

/** An empty PostgreSQL in `data`, all of it or nothing: an `up` that is interrupted leaves nothing half made. */
export async function initialise(
  initdb: string,
  data: string,
  password: string,
  owner: Owner | undefined,
): Promise<void> {
  const fresh = mkdtempSync(`${data}.new-`);
  const passwordFile = `${fresh}.password`;
  try {
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (owner) {
      giveTo(owner, fresh);
      chownSync(passwordFile, owner.uid, owner.gid);
    }
    const args = ["-D", fresh, "-U", "hodei", "--auth=scram-sha-256", `--pwfile=${passwordFile}`];
    await run(initdb, [...args, "--encoding=UTF8", "--locale=C"], {
      cwd: "/",
      env: { PATH: process.env["PATH"] ?? "" },
      timeout: INITDB_MS,
      ...(owner && { uid: owner.uid, gid: owner.gid }),
    });
    // Onto an empty folder; initdb has synced what is in it.
    renameSync(fresh, data);
  } catch (error) {
    throw new Error(`initdb failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(fresh, { recursive: true, force: true });
  }
}

function giveTo(owner: Owner, folder: string): void {
  chownSync(folder, owner.uid, owner.gid);
  chmodSync(folder, 0o700);
}
