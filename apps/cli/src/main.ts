import { CommanderError } from "commander";
import { UsageError, UserError } from "./errors.ts";
import { outputIsOut } from "./print.ts";
import { makeProgram } from "./program.ts";

const DONE = 0;
const FAILED = 1;
const USAGE = 2;

// Whoever read our output wants no more of it, as in `hodei jobs logs J | head`: that is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(DONE);
    throw error;
  });
}

try {
  await makeProgram().parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
await outputIsOut();
// Connections that a command left idle must not keep the terminal.
process.exit();

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : USAGE;
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`hodei: ${text}\n`);
  if (process.argv.includes("--debug") && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
  else if (!(error instanceof UserError)) process.stderr.write("hodei: --debug shows where it happened\n");
  return error instanceof UsageError ? USAGE : FAILED;
}
