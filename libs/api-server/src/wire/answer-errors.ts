import { create } from "@bufbuild/protobuf";
import { ConnectError, type Interceptor } from "@connectrpc/connect";
import { BadRequestSchema } from "@hodei/api/errors";
import type { Logger } from "@hodei/telemetry";

/** gRPC says an error in headers, of which clients take 8 KiB in all: there each byte of a message may become three, and it stands there twice. */
const GRPC_MOST = { messageBytes: 1_200, violations: 8, descriptionChars: 120 };
/** In a body there is more room; who writes megabytes does not get them back all the same. */
const BODY_MOST = { messageBytes: 65_536, violations: 500, descriptionChars: 2_000 };

/** What went wrong, as the protocol of the call can carry it. What is a fault of ours is in our log as well: its caller is not told what it was. */
export function answerErrors(logger: Logger): Interceptor {
  return (next) => async (request) => {
    const isGrpc = /^application\/grpc/i.test(request.header.get("content-type") ?? "");
    const answerable = (error: unknown) => {
      if (error instanceof ConnectError) return cut(error, isGrpc ? GRPC_MOST : BODY_MOST);
      if (!request.signal.aborted) logger.error({ err: error, call: request.method.name }, "a call failed");
      return error;
    };
    try {
      const response = await next(request);
      if (!response.stream) return response;
      return { ...response, message: rethrowing(response.message, answerable) };
    } catch (error) {
      throw answerable(error);
    }
  };
}

async function* rethrowing<T>(messages: AsyncIterable<T>, answerable: (error: unknown) => unknown): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (error) {
    throw answerable(error);
  }
}

function cut(error: ConnectError, most: typeof GRPC_MOST): ConnectError {
  const violations = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations);
  const isLong = Buffer.byteLength(error.rawMessage) > most.messageBytes;
  const isMany =
    violations.length > most.violations ||
    violations.some(({ field, description }) => field.length + description.length > most.descriptionChars);
  if (!isLong && !isMany) return error;
  const shown = violations.slice(0, most.violations).map(({ field, description }) => ({
    field: field.slice(-most.descriptionChars),
    description: description.slice(0, most.descriptionChars),
  }));
  const detail = { desc: BadRequestSchema, value: create(BadRequestSchema, { fieldViolations: shown }) };
  const message = isLong ? cutText(error.rawMessage, most.messageBytes) : error.rawMessage;
  return new ConnectError(message, error.code, error.metadata, violations.length > 0 ? [detail] : [], error.cause);
}

/** The first bytes, without half a character at the end. */
function cutText(text: string, bytes: number): string {
  const start = Buffer.from(text)
    .subarray(0, bytes)
    .toString("utf8")
    .replace(/\uFFFD$/, "");
  return `${start}… (there is more; a call by HTTP/JSON shows all of it)`;
}
