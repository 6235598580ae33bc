import { JobState } from "@hodei/api/job";
import { type Api, openApi } from "../api/open-api.ts";
import type { CommandDefinition } from "../command-definition.ts";
import { printLine } from "../print.ts";
import { SERVER_OPTIONS, type ServerOptions } from "../server-options.ts";
import { type Candidate, type Completion, completeWords } from "./complete-words.ts";

/** Names asked for at most; newest jobs first. */
const MOST = 200;
/** What the scripts take for: the names of files. */
const FILES = ":files";

/** `hodei complete -- WORDS`, for the shell's scripts: a candidate a line, then a tab and what it is. */
export async function complete(
  words: string[],
  _options: object,
  commands: readonly CommandDefinition[],
): Promise<void> {
  const found = completeWords(words, commands);
  if (found === "files") return printLine(FILES);
  for (const { value, summary } of await candidatesOf(found, words)) printLine(`${value}\t${summary}`);
}

async function candidatesOf(found: Completion, words: readonly string[]): Promise<readonly Candidate[]> {
  if (typeof found !== "string") return found;
  try {
    await using api = await openApi(serverIn(words));
    const current = words.at(-1) ?? "";
    return (await namesOf(api, found)).filter(({ value }) => value.startsWith(current));
  } catch {
    // Whoever pressed Tab is in the middle of a line: the command itself will say why nothing answers.
    return [];
  }
}

async function namesOf({ jobs, providers, tokens }: Api, what: Exclude<Completion, readonly Candidate[]>) {
  switch (what) {
    case "jobs": {
      const page = await jobs.listJobs({ pageSize: MOST });
      return page.jobs.map(({ id, state }) => ({ value: id, summary: JobState[state] }));
    }
    case "providers": {
      const page = await providers.listProviders({ pageSize: MOST });
      return page.providers.map(({ config }) => ({ value: config?.name ?? "", summary: config?.providerType ?? "" }));
    }
    case "tokens": {
      const page = await tokens.listTokens({ pageSize: MOST });
      return page.tokens.map(({ name }) => ({ value: name, summary: "" }));
    }
    case "files":
      return [];
  }
}

/** The server that the line itself names. */
function serverIn(words: readonly string[]): ServerOptions {
  const named = SERVER_OPTIONS.flatMap(({ flags }) => {
    const flag = flags.split(" ")[0] ?? "";
    const at = words.indexOf(flag);
    const value = at === -1 ? undefined : words[at + 1];
    return value ? [[flag.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()), value]] : [];
  });
  return Object.fromEntries(named) as ServerOptions;
}
