import type { ArgumentDefinition, CommandDefinition, OptionDefinition } from "../command-definition.ts";
import { JSON_OPTION } from "../command-definition.ts";

const PROVIDER: ArgumentDefinition = { name: "<name>", summary: "its name or id", completes: "providers" };
const SET: OptionDefinition = {
  flags: "--set <column=value>",
  summary: "one column; JSON where it is JSON, else text",
  isRepeatable: true,
};
const change = () => import("../providers/change-provider.ts");

const VERBS = { enable: "enableProvider", disable: "disableProvider", maintenance: "setMaintenance" } as const;

const LIST: CommandDefinition = {
  name: "providers list",
  summary: "every provider with its health and load",
  options: [JSON_OPTION],
  examples: [{ command: "hodei providers list" }, { command: "hodei providers list --json | jq '.providers[].name'" }],
  reaches: "api",
  load: async () => (await import("../providers/list-providers.ts")).listProviders,
};

/** `hodei providers …`: the same rows that SQL changes. */
export const PROVIDER_COMMANDS: readonly CommandDefinition[] = [
  LIST,
  { ...LIST, name: "list_providers", isHidden: true },
  {
    name: "providers get",
    summary: "one provider, whole, with its earlier configurations",
    arguments: [PROVIDER],
    options: [JSON_OPTION],
    examples: [{ command: "hodei providers get build-host" }],
    reaches: "api",
    load: async () => (await import("../providers/get-provider.ts")).getProvider,
  },
  {
    name: "providers add",
    summary: "register a provider from a file with the row's columns",
    options: [
      {
        flags: "-f, --file <file>",
        summary: "JSON, comments allowed; - for stdin",
        isRequired: true,
        completes: "files",
      },
    ],
    examples: [
      { command: "hodei providers add -f build-host.json" },
      {
        command: `echo '{"name": "here", "provider_type": "process", "config": {"type": "process"}}' | hodei providers add -f -`,
      },
    ],
    reaches: "api",
    load: async () => (await change()).addProvider,
  },
  {
    name: "providers update",
    summary: "change a provider",
    arguments: [PROVIDER],
    options: [{ flags: "-f, --file <file>", summary: "the columns to change", completes: "files" }, SET],
    examples: [
      { command: "hodei providers update build-host --set max_workers=12" },
      { command: `hodei providers update build-host --set 'required_labels={"environment": "production"}'` },
    ],
    reaches: "api",
    load: async () => (await change()).updateProvider,
  },
  status("enable", "take work again; clears what was known of its health and checks it now"),
  status("disable", "take no new work and be checked no more; running work finishes"),
  status("maintenance", "take no new work; running work finishes"),
  {
    name: "providers drain",
    summary: "MAINTENANCE, then wait until its last worker has ended",
    arguments: [PROVIDER],
    options: [{ flags: "--deadline <seconds>", summary: "give up waiting after" }],
    examples: [{ command: "hodei providers drain build-host --deadline 600" }],
    reaches: "api",
    load: async () => (await import("../providers/drain-provider.ts")).drainProvider,
  },
  {
    name: "providers check",
    summary: "check its health now, and show each step; ends with 1 when it is unhealthy",
    arguments: [PROVIDER],
    options: [JSON_OPTION],
    examples: [{ command: "hodei providers check build-host" }],
    reaches: "api",
    load: async () => (await import("../providers/check-provider.ts")).checkProvider,
  },
  {
    name: "providers plan",
    summary: "which waiting jobs a change would free and which it would strand; writes nothing",
    arguments: [PROVIDER],
    options: [
      {
        flags: "-f, --file <file>",
        summary: "the columns that would change; a whole provider may be new",
        completes: "files",
      },
      SET,
      JSON_OPTION,
    ],
    examples: [
      { command: "hodei providers plan build-host --set max_workers=0" },
      { command: "hodei providers plan new-host -f new-host.json", does: "before it is registered" },
    ],
    reaches: "api",
    load: async () => (await import("../providers/plan-provider.ts")).planProvider,
  },
  {
    name: "providers rollback",
    summary: "back to the configuration before the last change",
    arguments: [PROVIDER],
    options: [{ flags: "--to <generation>", summary: "an earlier one; providers get lists them" }],
    examples: [{ command: "hodei providers rollback build-host --to 3" }],
    reaches: "api",
    load: async () => (await change()).rollbackProvider,
  },
  {
    name: "providers remove",
    summary: "remove a provider that has no live workers",
    arguments: [PROVIDER],
    examples: [{ command: "hodei providers drain old-host && hodei providers remove old-host" }],
    reaches: "api",
    load: async () => (await change()).removeProvider,
  },
];

function status(verb: keyof typeof VERBS, summary: string): CommandDefinition {
  return {
    name: `providers ${verb}`,
    summary,
    arguments: [PROVIDER],
    examples: [{ command: `hodei providers ${verb} build-host` }],
    reaches: "api",
    load: async () => (await change())[VERBS[verb]],
  };
}
