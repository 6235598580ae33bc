import type { Code } from "@connectrpc/connect";

/** Something the user can mend: the message says what to type or write instead. */
export class UserError extends Error {
  override name = "UserError";
  /** What the API refused it with, and each wrong field by its path. */
  readonly code: Code | undefined;
  readonly problems: readonly { path: string; message: string }[];

  constructor(
    message: string,
    { code, problems = [], cause }: { code?: Code; problems?: UserError["problems"]; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.code = code;
    this.problems = problems;
  }
}

/** The words of the command are wrong: exit code 2. */
export class UsageError extends UserError {
  override name = "UsageError";
}
