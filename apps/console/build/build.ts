// Builds the console where it is missing or older than what it is made from: `npm run build` here, `hodei up`, and the tests.
import { globSync, statSync } from "node:fs";
import { join } from "node:path";
import { build } from "vite";

const HERE = join(import.meta.dirname, "..");
const SOURCES = ["src/**/*", "public/**/*", "index.html", "vite.config.ts", "package.json"];

if (process.argv.includes("--force") || builtAt() < changedAt()) {
  await build({ root: HERE, configFile: join(HERE, "vite.config.ts"), logLevel: "warn" });
}

function builtAt(): number {
  return statSync(join(HERE, "dist/index.html"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function changedAt(): number {
  return Math.max(...globSync(SOURCES, { cwd: HERE }).map((path) => statSync(join(HERE, path)).mtimeMs));
}
