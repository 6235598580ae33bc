#!/usr/bin/env node
// Plain JavaScript, so that an old Node gets as far as finding the new one: the sources are TypeScript that Node 24 runs as it is.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import * as modules from "node:module";
import { fileURLToPath } from "node:url";

const NEEDED = 24;
const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

// What was compiled once is kept in the system's folder for temporary files: the next start is quicker. Node 20 has no such thing.
modules.enableCompileCache?.();

if (Number(process.versions.node.split(".")[0]) >= NEEDED) {
  await import(main);
} else {
  const bundled = fileURLToPath(new URL("../../../node_modules/node/bin/node", import.meta.url));
  if (!existsSync(bundled)) {
    process.stderr.write(`hodei needs Node ${NEEDED}, this is ${process.versions.node}; type: npm ci\n`);
    process.exit(1);
  }
  const child = spawn(bundled, [main, ...process.argv.slice(2)], { stdio: "inherit" });
  // Ctrl-C reaches both of us, a signal to this process only us: the one that does the work ends us.
  process.on("SIGINT", () => undefined);
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (status, signal) => {
    for (const each of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(each);
    if (signal) process.kill(process.pid, signal);
    else process.exit(status ?? 1);
  });
}
