import { once } from "node:events";
import type { ClientHttp2Session, IncomingHttpHeaders } from "node:http2";
import type { DescMethod } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { codeFromString } from "@connectrpc/connect/protocol-connect";

/** How a call may be made in protobuf's own bytes. */
export const WIRES = ["grpc", "grpc-web", "connect"] as const;
export type Wire = (typeof WIRES)[number];

/** What came of a call: `ok`, a code of gRPC by its name, or how HTTP refused it. */
export interface Answer {
  code: string;
  message: string;
}

/** A moment: a stream that has nothing to say says so at its deadline. */
const PATIENCE = { "grpc-timeout": "150m", "connect-timeout-ms": "150" };

/** Whether messages of this call stand in frames. */
export function isFramed(method: DescMethod, wire: Wire): boolean {
  return wire !== "connect" || method.methodKind !== "unary";
}

export function frame(data: Uint8Array, { flags = 0, length = data.length } = {}): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, data]);
}

export function encodingHeader(method: DescMethod, wire: Wire): string {
  if (wire !== "connect") return "grpc-encoding";
  return isFramed(method, wire) ? "connect-content-encoding" : "content-encoding";
}

/** Sends a body as it is, with `headers` over the usual ones, by HTTP/2 as every one of them may. */
export async function callInBytes(
  session: ClientHttp2Session,
  { parent, name, methodKind }: DescMethod,
  wire: Wire,
  body: Uint8Array,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const contentType = {
    grpc: "application/grpc",
    "grpc-web": "application/grpc-web+proto",
    connect: methodKind === "unary" ? "application/proto" : "application/connect+proto",
  }[wire];
  const stream = session.request({
    ":method": "POST",
    ":path": `/${parent.typeName}/${name}`,
    "content-type": contentType,
    te: "trailers",
    ...PATIENCE,
    ...headers,
  });
  const head: IncomingHttpHeaders = {};
  stream.on("response", (fields) => Object.assign(head, fields));
  stream.on("trailers", (fields) => Object.assign(head, fields));
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  // An answer that comes before all of the body is read ends the stream: what it says is there by then.
  stream.on("error", () => undefined);
  stream.end(body);
  await once(stream, "close");
  return answerOf(head, Buffer.concat(chunks).toString("latin1"));
}

function answerOf(head: IncomingHttpHeaders, body: string): Answer {
  const grpcStatus = head["grpc-status"] ?? /grpc-status: (\d+)/.exec(body)?.[1];
  if (grpcStatus !== undefined) {
    const said = head["grpc-message"] ?? /grpc-message: ([^\r]*)/.exec(body)?.[1] ?? "";
    const message = decodeURIComponent(String(said));
    return { code: Number(grpcStatus) === 0 ? "ok" : (Code[Number(grpcStatus)] ?? "no status"), message };
  }
  const error = /"code":"(\w+)"(?:,"message":"((?:[^"\\]|\\.)*)")?/.exec(body);
  const code = error && codeFromString(error[1] ?? "");
  if (code) return { code: Code[code], message: error[2] ?? "" };
  const status = Number(head[":status"]);
  return { code: status === 200 ? "ok" : `HTTP ${status}`, message: body };
}
