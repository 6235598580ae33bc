/** An answer that is an error, as AWS words it. */
export class AwsError extends Error {
  readonly status: number;
  readonly type: string;
  /** Further keys of the body: `Reason`, `Type`. */
  readonly more: Readonly<Record<string, string>>;
  constructor(status: number, type: string, message: string, more: Record<string, string> = {}) {
    super(message);
    this.name = "AwsError";
    this.status = status;
    this.type = type;
    this.more = more;
  }
}

export function invalidParameter(message: string): AwsError {
  return new AwsError(400, "InvalidParameterValueException", message, { Type: "User" });
}

/** `1 validation error detected: Value '…' at '…' failed to satisfy constraint: …` */
export function violation(value: unknown, at: string, constraint: string): AwsError {
  const message = `1 validation error detected: Value '${String(value)}' at '${at}' failed to satisfy constraint: ${constraint}`;
  return new AwsError(400, "ValidationException", message);
}

export function notFound(arn: string): AwsError {
  return new AwsError(404, "ResourceNotFoundException", `Function not found: ${arn}`, { Type: "User" });
}

export function conflict(message: string): AwsError {
  return new AwsError(409, "ResourceConflictException", message, { Type: "User" });
}
