import { type DescMethod, fromBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  type Compression,
  compressedFlag,
  encodeEnvelope,
  envelopeDecompress,
  pipe,
  readAllBytes,
  transformSplitEnvelope,
} from "@connectrpc/connect/protocol";

/** What a body is, as its headers say. */
export interface BodyFacts {
  method: DescMethod;
  header: Headers;
  compressions: readonly Compression[];
  /** Of one message, also once it is decompressed. */
  mostBytes: number;
}

/**
 * The body as it came, each message of it judged before it is handed on: Connect takes bytes that are no message for a fault of its own
 * (INTERNAL), and here they are the caller's.
 * @throws INVALID_ARGUMENT, RESOURCE_EXHAUSTED
 */
export function checkBody(body: AsyncIterable<Uint8Array>, facts: BodyFacts): AsyncIterable<Uint8Array> {
  const contentType = facts.header.get("content-type") ?? "";
  const isWhole = /^application\/(proto|json)/i.test(contentType);
  return isWhole ? checkWhole(body, facts) : checkFrames(body, facts);
}

/** A unary call of the Connect protocol: the body is the message. */
async function* checkWhole(body: AsyncIterable<Uint8Array>, facts: BodyFacts): AsyncGenerator<Uint8Array> {
  const { header, mostBytes } = facts;
  const bytes = await readAllBytes(body, mostBytes, header.get("content-length"));
  const compression = compressionOf(facts, "content-encoding");
  checkMessage(compression ? await unpacked(() => compression.decompress(bytes, mostBytes)) : bytes, facts);
  yield bytes;
}

/** Everything else: messages in frames, one of them unless the call takes a stream. */
async function* checkFrames(body: AsyncIterable<Uint8Array>, facts: BodyFacts): AsyncGenerator<Uint8Array> {
  const { method, header, mostBytes } = facts;
  const isGrpc = /^application\/grpc/i.test(header.get("content-type") ?? "");
  const compression = compressionOf(facts, isGrpc ? "grpc-encoding" : "connect-content-encoding");
  const takesOne = method.methodKind === "unary" || method.methodKind === "server_streaming";
  let count = 0;
  for await (const frame of pipe(body, transformSplitEnvelope(mostBytes))) {
    count += 1;
    if (takesOne && count > 1) throw invalid(`${method.name} takes one message, and more came`);
    if (frame.flags > compressedFlag)
      throw invalid(`a frame has the flags ${frame.flags}; write 0, or ${compressedFlag} where it is compressed`);
    checkMessage((await unpacked(() => envelopeDecompress(frame, compression, mostBytes))).data, facts);
    yield encodeEnvelope(frame.flags, frame.data);
  }
  if (takesOne && count === 0) throw invalid(`${method.name} takes one message, and none came`);
}

/** `null` also for one that is not known here: Connect refuses it, and names those that are, before it reads the body. */
function compressionOf({ header, compressions }: BodyFacts, name: string): Compression | null {
  return compressions.find((each) => each.name === header.get(name)) ?? null;
}

function checkMessage(bytes: Uint8Array, { method, header }: BodyFacts): void {
  // JSON that is none is refused well by Connect itself.
  if (/json/i.test(header.get("content-type") ?? "")) return;
  try {
    fromBinary(method.input, bytes);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw invalid(`the bytes are no ${method.input.typeName}: ${why}; encode it as its .proto file says, or send JSON`);
  }
}

/** Too large stays what it is; everything else that does not decompress was not compressed as it says. */
async function unpacked<T>(unpack: () => Promise<T>): Promise<T> {
  try {
    return await unpack();
  } catch (error) {
    const { code, rawMessage } = ConnectError.from(error);
    if (code === Code.ResourceExhausted) throw error;
    throw invalid(`the message cannot be decompressed (${rawMessage}); compress it as its headers say, or not at all`);
  }
}

function invalid(message: string): ConnectError {
  return new ConnectError(message, Code.InvalidArgument);
}
