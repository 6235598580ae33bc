// Takes the development dependencies out of each package.json named: npm would bring those of every workspace along.
import { readFileSync, writeFileSync } from "node:fs";

for (const path of process.argv.slice(2)) {
  const { devDependencies: _, ...manifest } = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify(manifest));
}
