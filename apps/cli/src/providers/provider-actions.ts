import { formatProblem, type ProviderStatus } from "@hodei/contracts";
import { type Store, schema } from "@hodei/store";
import { desc, eq } from "drizzle-orm";
import { connectStore } from "../connect.ts";
import { UsageError, UserError } from "../errors.ts";
import { colorState, printJson, printLine, printTable, say } from "../print.ts";
import { planChange } from "./plan-change.ts";
import { ProviderFile, readProviderFile } from "./provider-file.ts";
import { columnsOf, findProvider, listProviders, type ProviderRow, refusalOf, validated } from "./provider-rows.ts";
import { rollbackProvider } from "./rollback-provider.ts";

const { providerConfigs, providerConfigHistory, providerHealth } = schema;

interface Json {
  json?: boolean;
}

export async function list({ json }: Json): Promise<void> {
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

export async function get(name: string, { json }: Json): Promise<void> {
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

export async function add({ file }: { file: string }): Promise<void> {
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

export async function update(name: string, { file, set }: { file?: string; set: string[] }): Promise<void> {
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

export const enable = (name: string) => setStatus(name, "ACTIVE");
export const disable = (name: string) => setStatus(name, "DISABLED");
export const maintenance = (name: string) => setStatus(name, "MAINTENANCE");

async function setStatus(name: string, status: ProviderStatus): Promise<void> {
  await using store = await connectStore();
  const provider = await findProvider(store, name);
  await store.db.update(providerConfigs).set({ status }).where(eq(providerConfigs.id, provider.id));
  printLine(`${provider.name} is ${status}`);
}

export async function plan(name: string, { set, json }: Json & { set: string[] }): Promise<void> {
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

export async function rollback(name: string, { to }: { to?: string }): Promise<void> {
  await using store = await connectStore();
  const provider = await findProvider(store, name);
  const generation = await rollbackProvider(store, provider, to);
  await tellVerdict(store, provider, `rolled back to generation ${generation}:`);
}

export async function remove(name: string): Promise<void> {
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
