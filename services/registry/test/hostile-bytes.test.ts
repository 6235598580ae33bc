import { type ClientHttp2Session, connect } from "node:http2";
import { connect as connectTcp } from "node:net";
import { text } from "node:stream/consumers";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { TokenService } from "@hodei/api/access";
import { Health } from "@hodei/api/grpc-health";
import { ServerReflection } from "@hodei/api/grpc-reflection";
import { JobService } from "@hodei/api/job";
import { ProviderService } from "@hodei/api/provider";
import { type TestCluster, testCluster } from "@hodei/testing";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { callInBytes, encodingHeader, frame, isFramed, WIRES, type Wire } from "./call-in-bytes.ts";
import { hostileBytes } from "./hostile-bytes.ts";

const SERVICES: readonly DescService[] = [JobService, ProviderService, TokenService, Health, ServerReflection];
const CALLS = SERVICES.flatMap(({ methods }) => methods);
const NAMED = CALLS.map((method) => [`${method.parent.name}.${method.name}`, method] as const);
/** Whose fault these are is ours; what a caller writes must never bring them about. */
const OUR_FAULT = ["Internal", "Unknown", "DataLoss", "Unimplemented", "Unavailable"];
/** What a message may have, and more than that once it is unpacked. */
const MOST_BYTES = 4 * 2 ** 20;
const BOMB = Buffer.alloc(16 * 2 ** 20);

let cluster: TestCluster;
let session: ClientHttp2Session;
beforeAll(async () => {
  cluster = await testCluster({ services: ["registry"] });
  session = connect(cluster.service("registry").url);
  await cluster.addProvider({ name: "known", provider_type: "process" });
});
afterAll(async () => {
  session.destroy();
  await cluster[Symbol.asyncDispose]();
});

const inFrames = (method: DescMethod, wire: Wire, bytes: Uint8Array) =>
  isFramed(method, wire) ? frame(bytes) : Buffer.from(bytes);

test.each(NAMED)(
  "%s answers whatever bytes it is sent with a result, or says what is wrong with them",
  async (_, method) => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...WIRES), hostileBytes(method.input), async (wire, bytes) => {
        const { code, message } = await callInBytes(session, method, wire, inFrames(method, wire, bytes));
        if (OUR_FAULT.includes(code) || code.startsWith("HTTP")) throw new Error(`answered ${code}: ${message}`);
      }),
      { numRuns: 40, seed: 20260202, endOnFailure: true },
    );
  },
);

test("bytes that are no message are the caller's fault in every protocol, and the answer says which message they are not", async () => {
  const found = await ofEach((method, wire) =>
    callInBytes(session, method, wire, inFrames(method, wire, Buffer.from([0x0a, 0xff, 0xff]))),
  );
  const right = found.filter(({ answer }) => answer.code === "InvalidArgument");
  expect(right.map(({ call }) => call)).toEqual(found.map(({ call }) => call));
  for (const { method, answer } of found)
    expect(answer.message).toContain(`the bytes are no ${method.input.typeName}: `);
});

test("frames that are cut off, claim too much, are too many, or have flags that there are not are the caller's fault", async () => {
  const good = frame(new Uint8Array());
  const bad: Record<string, Buffer> = {
    "no frame": Buffer.alloc(0),
    "half a head": good.subarray(0, 3),
    "less than it says": frame(Buffer.alloc(2), { length: 100 }),
    "more than it may": frame(Buffer.alloc(2), { length: 0xffff_ffff }),
    "two frames": Buffer.concat([good, good]),
    "unknown flags": frame(new Uint8Array(), { flags: 0x40 }),
    "packed without a word": frame(gzipSync(Buffer.alloc(10)), { flags: 1 }),
  };
  for (const [what, body] of Object.entries(bad)) {
    const found = await ofEach(
      (method, wire) => callInBytes(session, method, wire, body),
      (method, wire) => isFramed(method, wire) && method.methodKind !== "bidi_streaming",
    );
    const codes = new Set(found.map(({ answer }) => answer.code));
    expect([what, ...codes]).toEqual([what, what === "more than it may" ? "ResourceExhausted" : "InvalidArgument"]);
  }
});

test("what is packed unpacks to no more than a message may have, and what does not unpack is refused", async () => {
  const [gzip, brotli] = [gzipSync(BOMB), brotliCompressSync(BOMB)];
  const { submitJob, watch } = JobService.method;
  const codes = async (packed: Buffer, encoding: string, calls: readonly DescMethod[] = [submitJob, watch]) => {
    const found = await ofEach(
      (method, wire) => {
        const body = isFramed(method, wire) ? frame(packed, { flags: 1 }) : packed;
        return callInBytes(session, method, wire, body, { [encodingHeader(method, wire)]: encoding });
      },
      (method) => calls.includes(method),
    );
    return [...new Set(found.map(({ answer }) => answer.code))];
  };
  expect(await codes(gzip, "gzip", CALLS)).toEqual(["ResourceExhausted"]);
  expect(await codes(brotli, "br")).toEqual(["ResourceExhausted"]);
  expect(await codes(gzip.subarray(0, 100), "gzip")).toEqual(["InvalidArgument"]);
  expect(await codes(Buffer.from("no such thing"), "br")).toEqual(["InvalidArgument"]);
});

test("a message that is too large is refused in every protocol", async () => {
  const method = JobService.method.submitJob;
  for (const wire of WIRES) {
    const { code } = await callInBytes(session, method, wire, inFrames(method, wire, Buffer.alloc(MOST_BYTES + 1)));
    expect([wire, code]).toEqual([wire, "ResourceExhausted"]);
  }
});

test("requests that are hardly HTTP are answered or dropped, and the registry goes on", async () => {
  const json = "content-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
  const requests = [
    `POST /hodei.v1.JobService/ListJobs HTTP/1.0\r\n${json}`,
    `POST /hodei.v1.JobService/ListJobs HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n${json}`,
    `POST // HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${json}`,
    "GET http://[ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    "CONNECT x:1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nno frame at all, and longer than the head of one",
    "\u0000\u0001\u0002 nothing",
  ];
  for (const request of requests) {
    const answer = await rawly(request);
    expect(`${request.slice(0, 20)}: ${/^HTTP\/1.1 5/.exec(answer)?.[0] ?? "fine"}`).toMatch(/: fine$/);
  }
  expect((await fetch(`${cluster.service("registry").url}/readyz`)).status).toBe(200);
});

async function rawly(request: string): Promise<string> {
  const { port } = new URL(cluster.service("registry").url);
  const socket = connectTcp(Number(port), "127.0.0.1");
  socket.on("error", () => socket.destroy());
  socket.end(request, "latin1");
  return await text(socket).catch(() => "");
}

/** Each call in each protocol that it has. */
async function ofEach<T>(
  make: (method: DescMethod, wire: Wire) => Promise<T>,
  isMeant: (method: DescMethod, wire: Wire) => boolean = () => true,
) {
  const pairs = CALLS.flatMap((method) => WIRES.map((wire) => ({ method, wire }))).filter(({ method, wire }) =>
    isMeant(method, wire),
  );
  const found: { call: string; method: DescMethod; answer: T }[] = [];
  for (const { method, wire } of pairs)
    found.push({ call: `${method.name} by ${wire}`, method, answer: await make(method, wire) });
  return found;
}
