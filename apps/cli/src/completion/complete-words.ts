import type { CommandDefinition, Completes, OptionDefinition } from "../command-definition.ts";
import { SERVER_OPTIONS } from "../server-options.ts";

/** What can stand where the cursor is. */
export interface Candidate {
  value: string;
  summary: string;
}

/** Candidates, or what has to be asked for them. */
export type Completion = readonly Candidate[] | Exclude<Completes, readonly string[]>;

const HELP: OptionDefinition = { flags: "-h, --help", summary: "what it does, with examples" };

/** What may come next after these words, of which the last is being typed. Pure. */
export function completeWords(typed: readonly string[], commands: readonly CommandDefinition[]): Completion {
  // bash tears `--state=pending` apart at the `=`.
  const words = typed.filter((word) => word !== "=");
  const current = (words.at(-1) ?? "").replace(/^--[^=]+=/, "");
  const before = typed.at(-1)?.includes("=")
    ? [...words.slice(0, -1), words.at(-1)?.split("=")[0] ?? ""]
    : words.slice(0, -1);
  const shown = commands.filter(({ isHidden }) => !isHidden);
  const command = shown.findLast(({ name }) => startsWith(before, name.split(" ")));
  const found = command
    ? completeCommand(command, before.slice(command.name.split(" ").length), current)
    : completeName(before, shown);
  return typeof found === "string" ? found : found.filter(({ value }) => value.startsWith(current));
}

/** The next word of every command that begins so. */
function completeName(before: readonly string[], commands: readonly CommandDefinition[]): Candidate[] {
  const next = commands.filter(({ name }) => startsWith(name.split(" "), before));
  const words = next.map(({ name, summary }) => {
    const rest = name.split(" ").slice(before.length);
    return { value: rest[0] ?? "", summary: rest.length === 1 ? summary : "" };
  });
  return [...new Map(words.map((word) => [word.value, word])).values()];
}

function completeCommand(definition: CommandDefinition, given: readonly string[], current: string): Completion {
  const options = [...(definition.options ?? []), ...(definition.reaches === "api" ? SERVER_OPTIONS : []), HELP];
  const { awaited, places } = readGiven(given, options);
  if (awaited) return asCompletion(awaited.completes);
  if (given.includes("--")) return "files";
  if (current.startsWith("-")) return options.map(({ flags, summary }) => ({ value: longOf(flags), summary }));
  return asCompletion(definition.arguments?.[places]?.completes);
}

/** The option whose value is being typed, and how many arguments stand there. */
function readGiven(given: readonly string[], options: readonly OptionDefinition[]) {
  let awaited: OptionDefinition | undefined;
  let places = 0;
  for (const word of given) {
    if (awaited) awaited = undefined;
    else if (word.startsWith("-"))
      awaited = options.find(({ flags }) => takesValue(flags) && flags.split(/[ ,]+/).includes(word));
    else places += 1;
  }
  return { awaited, places };
}

function asCompletion(completes: Completes = []): Completion {
  return typeof completes === "string" ? completes : completes.map((value) => ({ value, summary: "" }));
}

function takesValue(flags: string): boolean {
  return flags.includes("<");
}

function longOf(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags;
}

function startsWith(words: readonly string[], start: readonly string[]): boolean {
  return start.every((word, i) => words[i] === word);
}
