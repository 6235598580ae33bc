import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { scratchDirectory } from "./scratch-directory.ts";

const run = promisify(execFile);

/** A folder outside of the repository in which a package was installed as a user installs it: packed, then installed by npm, without a network. */
export async function installPackage(source: string): Promise<{ folder: string } & AsyncDisposable> {
  const directory = await scratchDirectory();
  try {
    const { stdout } = await run("npm", ["pack", source, "--pack-destination", directory.path, "--silent"]);
    const tarball = join(directory.path, stdout.trim());
    const options = ["--offline", "--no-audit", "--no-fund", "--silent"];
    await run("npm", ["install", ...options, "--prefix", directory.path, tarball], { cwd: directory.path });
  } catch (error) {
    await directory[Symbol.asyncDispose]();
    throw error;
  }
  return { folder: directory.path, [Symbol.asyncDispose]: directory[Symbol.asyncDispose] };
}
