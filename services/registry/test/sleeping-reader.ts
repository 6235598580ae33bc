import { once } from "node:events";
import { type ClientHttp2Stream, connect } from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import { WatchRequestSchema } from "@hodei/api/job";

/** How a stream ended: the status of gRPC, or that of the reset for who was cut off (11 is ENHANCE_YOUR_CALM). */
export interface StreamEnd {
  status: number | undefined;
  message: string;
  reset: number | undefined;
}

/** Watches all jobs by gRPC and takes nothing but the first bytes, until it is woken. Library clients read ahead without a bound, so none can sleep. */
export async function sleepingReader(url: string): Promise<AsyncDisposable & { wake(): Promise<StreamEnd> }> {
  const session = connect(url);
  const stream = session.request({
    ":method": "POST",
    ":path": "/hodei.v1.JobService/Watch",
    "content-type": "application/grpc",
    te: "trailers",
  });
  const end = endOf(stream);
  const body = toBinary(WatchRequestSchema, create(WatchRequestSchema, { snapshot: true }));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  stream.end(Buffer.concat([head, body]));
  await once(stream, "readable");
  return {
    wake() {
      stream.resume();
      return end;
    },
    async [Symbol.asyncDispose]() {
      session.destroy();
      await end;
    },
  };
}

async function endOf(stream: ClientHttp2Stream): Promise<StreamEnd> {
  const { promise, resolve } = Promise.withResolvers<StreamEnd>();
  let [status, message]: [number | undefined, string] = [undefined, ""];
  stream.on("trailers", (trailers) => {
    status = Number(trailers["grpc-status"]);
    message = decodeURIComponent(String(trailers["grpc-message"] ?? ""));
  });
  // A reset is an error too; what it was stands in its code.
  stream.on("error", () => undefined);
  stream.once("close", () => resolve({ status, message, reset: stream.rstCode || undefined }));
  return await promise;
}
