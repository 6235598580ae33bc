/** SQLSTATEs after which the same transaction may simply be run again. Source: PostgreSQL, Appendix A. */
const RETRYABLE: ReadonlySet<string> = new Set(["40001", "40P01"]);
/** SQLSTATEs and system errors that say PostgreSQL cannot be reached now, and may be soon. */
const UNREACHABLE: ReadonlySet<string> = new Set([
  "57P01",
  "57P02",
  "57P03",
  "08000",
  "08001",
  "08003",
  "08006",
  "53300",
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
]);

export function isRetryable(error: unknown): boolean {
  return RETRYABLE.has(codeOf(error));
}

export function isUnreachable(error: unknown): boolean {
  return (
    UNREACHABLE.has(codeOf(error)) ||
    (error instanceof Error && /terminated unexpectedly|timeout exceeded/.test(error.message))
  );
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : "";
}
