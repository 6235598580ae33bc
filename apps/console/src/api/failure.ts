import { type Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema } from "@hodei/api/errors";

/** What the API refused or could not do, for a person. */
export interface Failure {
  code: Code;
  sentence: string;
  violations: readonly { field: string; description: string }[];
}

export function failureOf(error: unknown): Failure {
  const connect = ConnectError.from(error);
  const violations = connect
    .findDetails(BadRequestSchema)
    .flatMap(({ fieldViolations }) => fieldViolations.map(({ field, description }) => ({ field, description })));
  const sentence = /failed to fetch|networkerror|load failed/i.test(connect.rawMessage)
    ? "The registry does not answer."
    : connect.rawMessage || "The registry gave no reason.";
  return { code: connect.code, sentence, violations };
}
