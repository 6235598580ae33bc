import { ROLES } from "@hodei/contracts/roles";
import { type CommandDefinition, JSON_OPTION } from "../command-definition.ts";

const actions = () => import("../access/token-actions.ts");

/** `hodei tokens …`: who may use the API off loopback; `hodei audit`: who changed what. */
export const ACCESS_COMMANDS: readonly CommandDefinition[] = [
  {
    name: "tokens create",
    summary: "make a token; it is shown once and kept nowhere",
    arguments: [{ name: "<name>", summary: "whose it is; histories and the audit log say this name" }],
    options: [
      {
        flags: "--role <role>",
        summary: `what it may do: ${ROLES.join(", ")}`,
        isRequired: true,
        completes: ROLES,
      },
      { flags: "--expires <duration>", summary: "for how long, for example 12h or 90d; for ever without it" },
      JSON_OPTION,
    ],
    examples: [
      { command: "hodei tokens create ci --role operator --expires 90d" },
      { command: "export HODEI_TOKEN=$(hodei tokens create me --role admin)" },
    ],
    reaches: "api",
    load: async () => (await actions()).createToken,
  },
  {
    name: "tokens list",
    summary: "every token, without the token itself",
    options: [JSON_OPTION],
    examples: [{ command: "hodei tokens list" }],
    reaches: "api",
    load: async () => (await actions()).showTokens,
  },
  {
    name: "tokens revoke",
    summary: "end a token; the next call with it is refused",
    arguments: [{ name: "<token>", summary: "its name or id", completes: "tokens" }],
    options: [JSON_OPTION],
    examples: [{ command: "hodei tokens revoke ci" }],
    reaches: "api",
    load: async () => (await actions()).endToken,
  },
  {
    name: "audit",
    summary: "who changed what, newest first: by the API, the CLI and SQL",
    options: [
      { flags: "--since <duration>", summary: "only so far back, for example 30m, 12h or 7d" },
      { flags: "--actor <name>", summary: "only by this one, for example token:ci or sql:hodei" },
      { flags: "--target <name>", summary: "only this provider, token or job" },
      { flags: "--limit <count>", summary: "lines at most, up to 10000", default: "100" },
      { flags: "--json", summary: "for programs, with the values before and after" },
    ],
    examples: [
      { command: "hodei audit --since 7d --target build-host" },
      { command: "hodei audit --actor token:ci --json" },
    ],
    reaches: "database",
    load: async () => (await import("../access/show-audit.ts")).showAudit,
  },
];
