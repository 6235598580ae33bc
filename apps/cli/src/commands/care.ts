import { type CommandDefinition, JSON_OPTION } from "../command-definition.ts";
import { SHELLS } from "../completion/shells.ts";

/** `doctor` and `migrate`, which look at the database and the message server themselves, `simulate`, which needs neither, and what is for the shell. */
export const CARE_COMMANDS: readonly CommandDefinition[] = [
  {
    name: "doctor",
    summary: "find what is wrong, why, and what to type; ends with 1 when something does not work",
    options: [
      {
        flags: "--provider <name>",
        summary: "check one provider now, and show each step",
        completes: "providers",
      },
      {
        flags: "--job <id>",
        summary: "where one job is, since when and why, and what would help it",
        completes: "jobs",
      },
      { flags: "--error <text>", summary: "what an error text means" },
      JSON_OPTION,
    ],
    examples: [
      { command: "hodei doctor" },
      { command: "hodei doctor --job nightly-42" },
      { command: "hodei doctor --error 'permission denied while trying to connect to the Docker daemon socket'" },
    ],
    notes:
      "Exit codes:\n  0  nothing keeps jobs from running (there may be warnings)\n  1  something does not work\n  2  the words of the command are wrong",
    reaches: "database",
    load: async () => (await import("../doctor/run-doctor.ts")).runDoctor,
  },
  {
    name: "migrate",
    summary: "bring the database up to this version's schema",
    options: [
      {
        flags: "--first-provider <file>",
        summary: "then register this provider, where there is none yet",
        completes: "files",
      },
    ],
    examples: [{ command: "HODEI_DATABASE_URL=postgres://hodei@db/hodei HODEI_NATS_URL=nats://nats hodei migrate" }],
    reaches: "database",
    load: async () => (await import("../cluster/migrate-database.ts")).migrateDatabase,
  },
  {
    name: "simulate",
    summary: "what a fleet would do with jobs, in virtual time: waits, utilisation, failovers, and who is never placed",
    arguments: [{ name: "<file>", summary: "fleet and jobs, YAML or JSON (docs/simulation.md)", completes: "files" }],
    options: [
      { flags: "--svg <file>", summary: "draw waiting, running and utilisation over the time", completes: "files" },
      { flags: "--seed <number>", summary: "other chances than the file's" },
      JSON_OPTION,
    ],
    examples: [
      { command: "hodei simulate examples/simulations/day.yaml" },
      { command: "hodei simulate examples/simulations/day.yaml --seed 2 --svg day.svg" },
    ],
    reaches: "here",
    load: async () => (await import("../simulation/run-simulation.ts")).runSimulation,
  },
  {
    name: "completion",
    summary: "a script with which the shell completes commands, options, job ids and names of providers",
    arguments: [{ name: "<shell>", summary: `one of ${SHELLS.join(", ")}`, completes: SHELLS }],
    examples: [
      { command: "source <(hodei completion bash)", does: "in ~/.bashrc; zsh: the same in ~/.zshrc, after compinit" },
      { command: "hodei completion fish > ~/.config/fish/completions/hodei.fish" },
    ],
    reaches: "here",
    load: async () => (await import("../completion/print-completion.ts")).printCompletion,
  },
  {
    name: "complete",
    summary: "what the shell may offer after these words",
    arguments: [{ name: "[words...]", summary: "those after hodei, the last as far as it is typed" }],
    examples: [{ command: "hodei complete -- jobs l" }],
    reaches: "here",
    isHidden: true,
    load: async () => (await import("../completion/complete.ts")).complete,
  },
  {
    name: "commands",
    summary: "this command line as data, for whoever documents it",
    options: [JSON_OPTION],
    examples: [{ command: "hodei commands --json" }],
    reaches: "here",
    isHidden: true,
    load: async () => (await import("../show-commands.ts")).showCommands,
  },
];
