import { chmodSync, lstatSync, mkdirSync } from "node:fs";

/**
 * A folder that everybody may enter and only we may write, in a place where anybody may write (`/var/tmp`).
 * @throws when somebody else made it first: what lies in it may be a trap (a link to where we would change owners)
 */
export function ownFolder(path: string): string {
  try {
    mkdirSync(path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  const found = lstatSync(path);
  if (!found.isDirectory() || found.uid !== process.getuid?.())
    throw new Error(`${path} belongs to somebody else; remove it, then try again`);
  chmodSync(path, 0o755);
  return path;
}
