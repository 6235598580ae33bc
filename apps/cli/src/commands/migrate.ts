import { migrate } from "@hodei/store";
import type { Command } from "commander";
import { findConnection } from "../connect.ts";
import { printLine } from "../print.ts";

export function addMigrateCommand(program: Command): void {
  program
    .command("migrate")
    .description("bring the database up to this version's schema")
    .action(async () => {
      const applied = await migrate(findConnection().databaseUrl);
      for (const name of applied) printLine(`applied ${name}`);
      if (applied.length === 0) printLine("nothing to do: the database is up to date");
    });
}
