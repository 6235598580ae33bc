import { Argument, Command, Option } from "commander";
import type { CommandDefinition, OptionDefinition } from "./command-definition.ts";
import { COMMANDS } from "./commands/all-commands.ts";
import { GROUPS } from "./commands/groups.ts";
import { SERVER_OPTIONS } from "./server-options.ts";

/** The whole command line, made of its definitions. */
export function makeProgram(): Command {
  const program = new Command("hodei")
    .description("Places jobs on the compute you have, starts their workers, and can always say why")
    .version("0.1.0")
    .option("--debug", "show where an error happened")
    .showHelpAfterError("(hodei --help shows what there is)")
    .exitOverride()
    .enablePositionalOptions();
  for (const definition of COMMANDS) addCommand(program, definition);
  return program;
}

function addCommand(program: Command, definition: CommandDefinition): void {
  const words = definition.name.split(" ");
  const parent = words.length > 1 ? groupOf(program, words[0] ?? "") : program;
  const command = parent
    .command(words.at(-1) ?? "", { hidden: definition.isHidden ?? false })
    .description(definition.summary)
    .exitOverride();
  for (const { name, summary } of definition.arguments ?? []) command.addArgument(new Argument(name, summary));
  for (const option of definition.options ?? []) command.addOption(optionOf(option));
  if (definition.reaches === "api")
    for (const option of SERVER_OPTIONS) command.addOption(optionOf(option).helpGroup("Which server:"));
  command.addOption(new Option("--debug", "show where an error happened").hideHelp());
  if (definition.passesOptionsOn) command.passThroughOptions();
  command.addHelpText("after", helpBelow(definition));
  command.action(async () => {
    const run = (await definition.load()) as (...given: unknown[]) => Promise<void>;
    const repeated = Object.fromEntries((definition.options ?? []).flatMap(repeatedNone));
    await run(...command.processedArgs, { ...repeated, ...command.opts() }, COMMANDS);
  });
}

function groupOf(program: Command, name: string): Command {
  const known = program.commands.find((command) => command.name() === name);
  if (known) return known;
  const summary = GROUPS.find((group) => group.name === name)?.summary ?? "";
  return program.command(name).description(summary).exitOverride();
}

function optionOf({ flags, summary, default: value, isRequired, isRepeatable }: OptionDefinition): Option {
  const option = new Option(flags, isRepeatable ? `${summary} (repeatable)` : summary);
  if (isRequired) option.makeOptionMandatory();
  if (value !== undefined) option.default(value);
  if (isRepeatable) option.argParser((text, before: string[] | undefined) => [...(before ?? []), text]);
  return option;
}

/** What may be written several times was written no time. */
function repeatedNone({ flags, isRepeatable }: OptionDefinition): [string, string[]][] {
  return isRepeatable ? [[new Option(flags).attributeName(), []]] : [];
}

function helpBelow({ examples, notes }: CommandDefinition): string {
  const lines = examples.map(({ command, does }) => `  ${command}${does ? `    # ${does}` : ""}`);
  return `\nExamples:\n${lines.join("\n")}${notes ? `\n\n${notes}` : ""}`;
}
