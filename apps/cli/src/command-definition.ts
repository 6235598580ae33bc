/** What the shell offers where a value is typed: names asked of the server, files, or these words. */
export type Completes = "jobs" | "providers" | "tokens" | "files" | readonly string[];

export interface ArgumentDefinition {
  /** `<job>`, `[service]`, `<command...>`. */
  readonly name: string;
  readonly summary: string;
  readonly completes?: Completes;
}

export interface OptionDefinition {
  /** `-f, --follow`, `--state <state>`. */
  readonly flags: string;
  readonly summary: string;
  readonly default?: string;
  readonly isRequired?: boolean;
  /** May be written several times. */
  readonly isRepeatable?: boolean;
  readonly completes?: Completes;
}

interface Example {
  readonly command: string;
  readonly does?: string;
}

/**
 * One command, whole: help, completion and the reference are made from it. What it does is loaded when it is typed, so that
 * `hodei --help` loads none of it.
 */
export interface CommandDefinition {
  /** As it is typed after `hodei`: `jobs list`. */
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  readonly arguments?: readonly ArgumentDefinition[];
  readonly options?: readonly OptionDefinition[];
  readonly examples: readonly Example[];
  /** Paragraphs below the examples. */
  readonly notes?: string;
  /** `api`: by a server's API, or the database where none is named; `database`: PostgreSQL or NATS themselves; `here`: this machine only. */
  readonly reaches: "api" | "database" | "here";
  /** Works, and is not shown. */
  readonly isHidden?: boolean;
  /** What follows the first word of the argument is not ours, as in `run`. */
  readonly passesOptionsOn?: boolean;
  /** Takes the arguments in their order, then the options by name, then all commands there are. */
  readonly load: () => Promise<(...given: never[]) => Promise<void>>;
}

export const JSON_OPTION: OptionDefinition = { flags: "--json", summary: "for programs" };
