import { type CommandDefinition, JSON_OPTION } from "../command-definition.ts";

/** What `hodei logs` shows. */
const LOGGED = ["registry", "selector", "health", "provisioner", "postgres", "nats"];
const actions = () => import("../cluster/cluster-actions.ts");

/** `up`, `down`, `status`, `env`, `logs`: the local cluster. */
export const CLUSTER_COMMANDS: readonly CommandDefinition[] = [
  {
    name: "up",
    summary: "start a local cluster in the background: PostgreSQL, NATS and the four services",
    examples: [
      { command: "hodei up" },
      { command: "HODEI_LOG_LEVEL=info,selector=debug hodei up", does: "with every refused provider in its log" },
    ],
    notes: "Its data is in .hodei of this folder; HODEI_HOME names another place.",
    reaches: "here",
    load: async () => (await actions()).up,
  },
  {
    name: "down",
    summary: "stop the local cluster; its data and its workers stay",
    examples: [{ command: "hodei down" }],
    reaches: "here",
    load: async () => (await actions()).down,
  },
  {
    name: "status",
    summary: "what of the local cluster runs, and where; ends with 1 when something does not",
    options: [JSON_OPTION],
    examples: [{ command: "hodei status" }],
    reaches: "here",
    load: async () => (await actions()).status,
  },
  {
    name: "env",
    summary: "connection settings of the local cluster",
    options: [JSON_OPTION],
    examples: [
      { command: 'eval "$(hodei env)"', does: "psql, curl and NATS clients of this shell find it" },
      { command: "hodei env --json" },
    ],
    reaches: "here",
    load: async () => (await actions()).env,
  },
  {
    name: "logs",
    summary: "what the services of the local cluster log, as JSON lines",
    arguments: [
      { name: "[service]", summary: `one of ${LOGGED.join(", ")}; all services without it`, completes: LOGGED },
    ],
    options: [{ flags: "-f, --follow", summary: "go on with what comes" }],
    examples: [{ command: "hodei logs selector -f" }],
    reaches: "here",
    load: async () => (await actions()).logs,
  },
];
