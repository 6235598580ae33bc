import type { IncomingMessage, ServerResponse } from "node:http";
import { constants, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import {
  Code,
  ConnectError,
  type ConnectRouter,
  type ContextValues,
  createConnectRouter,
  type Interceptor,
} from "@connectrpc/connect";
import type { UniversalHandler, UniversalServerRequest } from "@connectrpc/connect/protocol";
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import type { Logger } from "@hodei/telemetry";
import { refuseCall } from "../access/refuse-call.ts";
import { checkBody } from "./check-body.ts";

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

/** A message in bytes; a job's body is bounded by NATS below that. */
const MOST_BYTES = 4 * 2 ** 20;
/** Deadlines that callers may set; longer ones are refused, with what is allowed. */
const LONGEST_CALL_MS = 24 * 3_600_000;
/** How often it is looked whether an answer has left: the rest of its request is not wanted then. */
const UNREAD_MS = 1_000;
const COMPRESSIONS = [compressionGzip, compressionBrotli];

/** gRPC, gRPC-Web and HTTP/JSON (Connect) of these routes. What a caller writes wrongly is answered as his fault, whichever protocol it is. */
export function serveCalls({
  routes,
  interceptors,
  signal,
  contextValues,
  logger,
}: {
  routes: (router: ConnectRouter) => void;
  interceptors: Interceptor[];
  /** Ends every call: the server stops. */
  signal: AbortSignal;
  contextValues: (request: Request) => ContextValues;
  logger: Logger;
}): (request: Request, response: Response) => void {
  const router = createConnectRouter({
    acceptCompression: COMPRESSIONS,
    readMaxBytes: MOST_BYTES,
    maxTimeoutMs: LONGEST_CALL_MS,
    interceptors,
    shutdownSignal: signal,
  });
  routes(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));

  return (request, response) => {
    const handler = handlers.get(request.url?.split("?", 1)[0] ?? "");
    if (!handler) return notFound(response);
    const call = callOf(request, response);
    if (call instanceof ConnectError) return refuseCall(request, response, call);
    serve(handler, call, response).catch((error: unknown) => {
      // Who left, or was cut off, is no fault of ours and of no interest to anybody.
      if (call.signal.aborted || response.destroyed) return;
      logger.error({ err: error, call: handler.method.name }, "a call could not be answered");
    });
    return undefined;
  };

  function callOf(request: Request, response: Response): UniversalServerRequest | ConnectError {
    try {
      return universalRequestFromNodeRequest(request, response, undefined, contextValues(request));
    } catch {
      return new ConnectError(
        `${JSON.stringify(String(request.headers.host ?? ""))} in the host header is no name of a server; write for example localhost:8080`,
        Code.InvalidArgument,
      );
    }
  }

  async function serve(handler: UniversalHandler, call: UniversalServerRequest, response: Response): Promise<void> {
    const facts = { method: handler.method, header: call.header, compressions: COMPRESSIONS, mostBytes: MOST_BYTES };
    const body = checkBody(call.body as AsyncIterable<Uint8Array>, facts);
    const answer = await handler({ ...call, body });
    const stop = "stream" in response ? () => endUnread(response) : undefined;
    await universalResponseToNodeResponse(
      { ...answer, ...(answer.body && { body: thenDo(answer.body, stop) }) },
      response,
    );
  }
}

async function* thenDo<T>(items: AsyncIterable<T>, done: (() => void) | undefined): AsyncGenerator<T> {
  try {
    yield* items;
  } finally {
    done?.();
  }
}

/** A caller who still sends what nobody reads any more would wait for ever: HTTP/2 lets the server end that (RFC 9113, 8.1). */
function endUnread({ stream }: Http2ServerResponse): void {
  const looking = setInterval(() => {
    if (stream.writableFinished) stream.close(constants.NGHTTP2_NO_ERROR);
  }, UNREAD_MS).unref();
  stream.once("close", () => clearInterval(looking));
}

function notFound(response: Response): void {
  response.statusCode = 404;
  response.end();
}
