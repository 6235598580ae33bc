import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { ConnectError } from "@connectrpc/connect";
import { encodeEnvelope } from "@connectrpc/connect/protocol";
import { codeToHttpStatus, endStreamFlag, endStreamToJson, errorToJson } from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";

/** Answers a call with an error, in the protocol it was made in; its body is not read. */
export function refuseCall(
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
  error: ConnectError,
): void {
  if (response.headersSent || response.destroyed) return;
  for (const [name, value] of error.metadata) response.setHeader(name, value);
  const contentType = String(request.headers["content-type"] ?? "");
  if (contentType.startsWith("application/grpc")) {
    // Trailers only: gRPC and gRPC-Web take them as headers of an answer without a body.
    const trailer = new Headers();
    setTrailerStatus(trailer, error);
    for (const [name, value] of trailer) response.setHeader(name, value);
    send(response, 200, contentType, undefined);
  } else if (contentType.startsWith("application/connect+")) {
    const end = new TextEncoder().encode(JSON.stringify(endStreamToJson(error.metadata, error, undefined)));
    send(response, 200, contentType, encodeEnvelope(endStreamFlag, end));
  } else {
    const body = JSON.stringify(errorToJson(error, undefined));
    send(response, codeToHttpStatus(error.code), "application/json", Buffer.from(body));
  }
  // What still comes is thrown away: a connection that is used again must not find the rest of this body.
  request.resume();
}

function send(
  response: ServerResponse | Http2ServerResponse,
  status: number,
  contentType: string,
  body: Uint8Array | undefined,
): void {
  response.statusCode = status;
  response.setHeader("content-type", contentType);
  if (body) (response as ServerResponse).end(body);
  else response.end();
}
