import { formatProblem, type ProviderStatus } from "@hodei/contracts";
import { type Store, schema } from "@hodei/store";
import type { Command } from "commander";
import { desc, eq } from "drizzle-orm";
import { connectStore } from "../connect.ts";
import { UsageError, UserError } from "../errors.ts";
import { colorState, printJson, printLine, printTable, say } from "../print.ts";
import { checkProvider } from "../providers/check-provider.ts";
import { drainProvider } from "../providers/drain-provider.ts";
import { planChange } from "../providers/plan-change.ts";
import { ProviderFile, readProviderFile } from "../providers/provider-file.ts";
import {
  columnsOf,
  findProvider,
  listProviders,
  type ProviderRow,
  refusalOf,
  validated,
} from "../providers/provider-rows.ts";
import { rollbackProvider } from "../providers/rollback-provider.ts";

const { providerConfigs, providerConfigHistory, providerHealth } = schema;

interface Json {
  json?: boolean;
}

/** `hodei providers …`: the same rows that SQL changes. */
export function addProviderCommands(program: Command): void {
  const providers = program.command("providers").description("where jobs can run");
  for (const command of [providers.command("list"), program.command("list_providers", { hidden: true })]) {
    command.description("every provider with its health and load").option("--json", "for programs").action(list);
  }
  providers
    .command("get")
    .argument("<name>")
    .description("one provider, whole")
    .option("--json", "for programs")
    .action(get);
  providers
    .command("add")
    .description("register a provider from a file with the row's columns")
    .requiredOption("-f, --file <file>", "JSON, comments allowed; - for stdin")
    .action(add);
  providers
    .command("update")
    .argument("<name>")
    .description("change a provider")
    .option("-f, --file <file>", "the columns to change")
    .option(
      "--set <column=value>",
      "one column (repeatable)",
      (value: string, before: string[]) => [...before, value],
      [],
    )
    .action(update);
  for (const [name, status, what] of [
    ["enable", "ACTIVE", "take work again; clears what was known of its health and checks it now"],
    ["disable", "DISABLED", "take no new work and be checked no more; running work finishes"],
    ["maintenance", "MAINTENANCE", "take no new work; running work finishes"],
  ] as const) {
    providers
      .command(name)
      .argument("<name>")
      .description(what)
      .action((provider: string) => setStatus(provider, status));
  }
  providers
    .command("drain")
    .argument("<name>")
    .description("MAINTENANCE, then wait until its last worker has ended")
    .option("--deadline <seconds>", "give up waiting after")
    .action(drainProvider);
  providers
    .command("check")
    .argument("<name>")
    .description("check its health now, and show each step")
    .option("--json", "for programs")
    .action(checkProvider);
  providers
    .command("plan")
    .argument("<name>")
    .description("which waiting jobs a change would free and which it would strand; writes nothing")
    .option(
      "--set <column=value>",
      "one column (repeatable)",
      (value: string, before: string[]) => [...before, value],
      [],
    )
    .option("--json", "for programs")
    .action(plan);
  providers
    .command("rollback")
    .argument("<name>")
    .description("back to the configuration before the last change")
    .option("--to <generation>", "an earlier one")
    .action(rollback);
  providers
    .command("remove")
    .argument("<name>")
    .description("remove a provider that has no live workers")
    .action(remove);
}

async function list({ json }: Json): Promise<void> {
  await using store = await connectStore();
  const rows = await listProviders(store);
  if (json) return printJson({ providers: rows.map(({ provider, health }) => ({ ...provider, health })) });
  printTable(
    ["NAME", "TYPE", "STATUS", "HEALTH", "SLOTS", "PRIORITY", "REGION", "REASON"],
    rows.map(({ provider, health }) => [
      provider.name,
      provider.providerType,
      colorState(provider.status),
      colorState(health?.health ?? "unknown"),
      `${provider.activeWorkers}/${provider.maxWorkers}`,
      String(provider.priority),
      provider.preferredRegion ?? "",
      reasonOf(provider, health?.cause ?? null),
    ]),
  );
  for (const { provider, health } of rows) {
    if (health?.fix && health.health !== "healthy")
      printLine(`\n${provider.name}: ${health.detail ?? health.cause ?? ""}\n  fix: ${health.fix}`);
  }
}

function reasonOf(provider: ProviderRow, cause: string | null): string {
  if (provider.configErrors === null) return "configuration not validated yet";
  return provider.configErrors.map(formatProblem).join("; ") || provider.statusReason || cause || "";
}

async function get(name: string, { json }: Json): Promise<void> {
  await using store = await connectStore();
  const provider = await findProvider(store, name);
  const [health] = await store.db.select().from(providerHealth).where(eq(providerHealth.providerId, provider.id));
  const history = await store.db
    .select()
    .from(providerConfigHistory)
    .where(eq(providerConfigHistory.providerId, provider.id))
    .orderBy(desc(providerConfigHistory.generation))
    .limit(20);
  if (json) return printJson({ provider, health: health ?? null, history });
  for (const [key, value] of Object.entries(provider))
    printLine(`${key.padEnd(20)} ${typeof value === "object" ? JSON.stringify(value) : String(value)}`);
  printLine(
    `${"health".padEnd(20)} ${health?.health ?? "unknown"}${health?.cause ? `: ${health.cause}; ${health.fix ?? ""}` : ""}`,
  );
  for (const earlier of history)
    printLine(
      `generation ${earlier.generation}, replaced ${earlier.replacedAt.toISOString()} by ${earlier.replacedBy}`,
    );
}

async function add({ file }: { file: string }): Promise<void> {
  const columns = columnsOf(readProviderFile(file));
  await using store = await connectStore();
  try {
    const [row] = await store.db
      .insert(providerConfigs)
      .values(columns as typeof providerConfigs.$inferInsert)
      .returning();
    if (row) await tellVerdict(store, row, "added");
  } catch (error) {
    throw error instanceof UserError ? error : refusalOf(error);
  }
}

async function update(name: string, { file, set }: { file?: string; set: string[] }): Promise<void> {
  if (!file && set.length === 0) throw new UsageError("nothing to change: write -f FILE or --set column=value");
  const columns = { ...(file ? columnsOf(readProviderFile(file)) : {}), ...columnsOf(assignments(set)) };
  await using store = await connectStore();
  const provider = await findProvider(store, name);
  try {
    await store.db.update(providerConfigs).set(columns).where(eq(providerConfigs.id, provider.id));
  } catch (error) {
    throw refusalOf(error);
  }
  await tellVerdict(store, provider, "updated");
}

async function tellVerdict(store: Store, { id, name }: ProviderRow, what: string): Promise<void> {
  const row = await validated(store, id);
  if (row?.configErrors === null)
    say("its configuration was not validated yet: is the registry running? see: hodei status");
  if (row?.configErrors && row.configErrors.length > 0) {
    say(`${name} is ${what}, but takes no work until its configuration is valid:`);
    for (const problem of row.configErrors) say(`  ${formatProblem(problem)}`);
    process.exitCode = 1;
    return;
  }
  printLine(`${what} ${name}`);
}

async function setStatus(name: string, status: ProviderStatus): Promise<void> {
  await using store = await connectStore();
  const provider = await findProvider(store, name);
  await store.db.update(providerConfigs).set({ status }).where(eq(providerConfigs.id, provider.id));
  printLine(`${provider.name} is ${status}`);
}

async function plan(name: string, { set, json }: Json & { set: string[] }): Promise<void> {
  if (set.length === 0)
    throw new UsageError("nothing to plan: write --set column=value, for example --set max_workers=0");
  const columns = columnsOf(assignments(set));
  await using store = await connectStore();
  const provider = await findProvider(store, name);
  const { config, ...rest } = columns;
  if (config) throw new UsageError("config cannot be planned yet; the other columns can");
  const found = await planChange(store, (each) =>
    each.id === provider.id
      ? {
          ...each,
          ...(Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as Partial<
            typeof each
          >),
        }
      : each,
  );
  if (json) return printJson(found);
  printLine(
    `${found.waiting} jobs wait: ${found.freed.length} would be placed, ${found.stranded.length} would no longer be`,
  );
  for (const id of found.freed.slice(0, 20)) printLine(`  freed     ${id}`);
  for (const id of found.stranded.slice(0, 20)) printLine(`  stranded  ${id}`);
}

async function rollback(name: string, { to }: { to?: string }): Promise<void> {
  await using store = await connectStore();
  const provider = await findProvider(store, name);
  const generation = await rollbackProvider(store, provider, to);
  await tellVerdict(store, provider, `rolled back to generation ${generation}:`);
}

async function remove(name: string): Promise<void> {
  await using store = await connectStore();
  const provider = await findProvider(store, name);
  try {
    await store.db.delete(providerConfigs).where(eq(providerConfigs.id, provider.id));
  } catch (error) {
    throw refusalOf(error);
  }
  printLine(`removed ${provider.name}`);
}

/** `max_workers=5`, `required_labels={"a":"b"}`: JSON where it is JSON, else text. */
function assignments(texts: readonly string[]) {
  const values = Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      if (at <= 0) throw new UsageError(`--set ${text}: write column=value`);
      const raw = text.slice(at + 1);
      try {
        return [text.slice(0, at), JSON.parse(raw) as unknown];
      } catch {
        // Not JSON: then it is the text itself, as in --set preferred_region=eu.
        return [text.slice(0, at), raw];
      }
    }),
  );
  const parsed = ProviderFile.partial().safeParse(values);
  if (!parsed.success)
    throw new UsageError(
      `--set: ${parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ")}`,
    );
  return parsed.data;
}
