import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema } from "@hodei/api/errors";
import type { Problem } from "@hodei/contracts";

/** INVALID_ARGUMENT that names every wrong field by its path, with what to write instead (google.rpc.BadRequest). */
export function invalid(problems: readonly Problem[], prefix = ""): ConnectError {
  const violations = problems.map(({ path, message }) => ({
    field: [prefix, path].filter(Boolean).join("."),
    description: message,
  }));
  const sentence = violations
    .map(({ field, description }) => [field, description].filter(Boolean).join(": "))
    .join("; ");
  return new ConnectError(sentence, Code.InvalidArgument, undefined, [
    { desc: BadRequestSchema, value: { fieldViolations: violations } },
  ]);
}

export function invalidField(field: string, message: string): ConnectError {
  return invalid([{ path: field, message }]);
}

export function notFound(message: string): ConnectError {
  return new ConnectError(message, Code.NotFound);
}

const UNIQUE_VIOLATION = "23505";

/** What PostgreSQL refused, in its own words, which say what to write instead; everything else is not the caller's fault. */
export function refusalOf(error: unknown): unknown {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error) || !("code" in cause) || typeof cause.code !== "string") return error;
  if (cause.code === UNIQUE_VIOLATION)
    return new ConnectError(
      "a provider of that name exists already; update it, or choose another name",
      Code.AlreadyExists,
    );
  // Classes 22 (data exception) and 23 (constraint): the value, not the database.
  return /^2[23]/.test(cause.code) ? invalidField("config", cause.message) : error;
}
