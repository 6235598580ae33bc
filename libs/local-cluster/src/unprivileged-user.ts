import { execFileSync } from "node:child_process";

/** Who a process runs as. */
export interface Owner {
  uid: number;
  gid: number;
}

/** PostgreSQL refuses to run as root: then it runs as `postgres` where there is such a user, else as `nobody`. */
export function unprivilegedUser(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const user of ["postgres", "nobody"]) {
    try {
      const id = (flag: string) =>
        Number(execFileSync("id", [flag, user], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      // No such user here; the next one.
    }
  }
  throw new Error(
    "PostgreSQL does not run as root, and there is neither a user postgres nor nobody; run as another user",
  );
}

/** Whether that user gets to a path. */
export function canReach(path: string, owner: Owner): boolean {
  try {
    execFileSync("/bin/sh", ["-c", 'test -e "$1" && test -r "$1"', "sh", path], {
      uid: owner.uid,
      gid: owner.gid,
      cwd: "/",
      stdio: "ignore",
    });
    return true;
  } catch {
    // The test said no.
    return false;
  }
}
