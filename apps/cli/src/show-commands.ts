import type { CommandDefinition } from "./command-definition.ts";
import { GROUPS } from "./commands/groups.ts";
import { printJson, printTable } from "./print.ts";
import { SERVER_OPTIONS } from "./server-options.ts";

/** `hodei commands`: the definitions themselves, from which the reference is made. */
export async function showCommands({ json }: { json?: boolean }, all: readonly CommandDefinition[]): Promise<void> {
  const commands = all.filter(({ isHidden }) => !isHidden);
  if (json) printJson({ groups: GROUPS, serverOptions: SERVER_OPTIONS, commands: commands.map(asData) });
  else
    printTable(
      ["COMMAND", "SUMMARY"],
      commands.map((each) => [usageOf(each), each.summary]),
    );
}

function asData({ load: _load, ...definition }: CommandDefinition) {
  return { ...definition, usage: usageOf(definition) };
}

function usageOf({
  name,
  arguments: given = [],
  options = [],
  passesOptionsOn,
}: Pick<CommandDefinition, "name" | "arguments" | "options" | "passesOptionsOn">): string {
  const required = options.filter(({ isRequired }) => isRequired).map(({ flags }) => flags.replace(/^-\w, /, ""));
  const hasMore = options.length > required.length;
  const args = given.map((each) => each.name);
  return [
    "hodei",
    name,
    ...required,
    ...(hasMore ? ["[options]"] : []),
    ...(passesOptionsOn ? ["--"] : []),
    ...args,
  ].join(" ");
}
