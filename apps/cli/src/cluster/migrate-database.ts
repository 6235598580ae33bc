import { migrate } from "@hodei/store";
import { connectStore, findConnection } from "../connect.ts";
import { printLine } from "../print.ts";
import { addFirstProvider } from "../providers/first-provider.ts";
import { readProviderFile } from "../providers/provider-file.ts";

/** `hodei migrate` */
export async function migrateDatabase({ firstProvider }: { firstProvider?: string }): Promise<void> {
  const provider = firstProvider === undefined ? undefined : readProviderFile(firstProvider);
  const applied = await migrate(findConnection().databaseUrl);
  for (const name of applied) printLine(`applied ${name}`);
  if (applied.length === 0) printLine("nothing to do: the database is up to date");
  if (!provider) return;
  await using store = await connectStore();
  if (await addFirstProvider(store, provider)) printLine(`added ${provider.name}`);
}
