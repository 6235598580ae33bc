/** Something the user can mend: the message says what to type or write instead. */
export class UserError extends Error {
  override name = "UserError";
}

/** The words of the command are wrong: exit code 2. */
export class UsageError extends UserError {
  override name = "UsageError";
}
