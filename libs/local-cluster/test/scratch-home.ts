import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Home, openHome } from "../src/index.ts";

/** A home of this test's own. `parentMode` 0o700 is a folder like /root, which nobody else may enter. */
export function scratchHome(parentMode = 0o755): Home & Disposable {
  const parent = mkdtempSync(join(tmpdir(), "hodei-test-"));
  chmodSync(parent, parentMode);
  const home = openHome(join(parent, "home"));
  return { ...home, [Symbol.dispose]: () => rmSync(parent, { recursive: true, force: true }) };
}

/** Nobody else's test looks here for a port. */
export const FIRST_PORT = 30_000 + (process.pid % 1500);
