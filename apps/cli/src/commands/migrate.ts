import { migrate } from "@hodei/store";
import type { Command } from "commander";
import { connectStore, findConnection } from "../connect.ts";
import { printLine } from "../print.ts";
import { addFirstProvider } from "../providers/first-provider.ts";
import { readProviderFile } from "../providers/provider-file.ts";

export function addMigrateCommand(program: Command): void {
  program
    .command("migrate")
    .description("bring the database up to this version's schema")
    .option("--first-provider <file>", "then register this provider, where there is none yet")
    .action(async ({ firstProvider }: { firstProvider?: string }) => {
      const provider = firstProvider === undefined ? undefined : readProviderFile(firstProvider);
      const applied = await migrate(findConnection().databaseUrl);
      for (const name of applied) printLine(`applied ${name}`);
      if (applied.length === 0) printLine("nothing to do: the database is up to date");
      if (!provider) return;
      await using store = await connectStore();
      if (await addFirstProvider(store, provider)) printLine(`added ${provider.name}`);
    });
}
