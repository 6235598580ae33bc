import { CommanderError } from "commander";
import { UsageError, UserError } from "./errors.ts";
import { makeProgram } from "./program.ts";

const DONE = 0;
const FAILED = 1;
const USAGE = 2;

try {
  await makeProgram().parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
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
