import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

/** Where a local cluster keeps everything: `.hodei/` in the current folder, or `HODEI_HOME`. */
export interface Home {
  readonly path: string;
  /** A file or folder below it. */
  in(...parts: string[]): string;
}

export function openHome(path = process.env["HODEI_HOME"] || ".hodei"): Home {
  const root = resolve(path);
  mkdirSync(join(root, "logs"), { recursive: true });
  mkdirSync(join(root, "run"), { recursive: true });
  return { path: root, in: (...parts) => join(root, ...parts) };
}
