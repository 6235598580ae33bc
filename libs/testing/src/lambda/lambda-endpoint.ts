import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { scratchDirectory } from "../scratch-directory.ts";
import { AwsError } from "./aws-error.ts";
import { type FunctionStore, makeFunctionStore } from "./function-store.ts";
import { type InvokeApi, makeInvokeApi } from "./invoke-api.ts";
import { type Operation, perform, routeOf } from "./operations.ts";
import type { FunctionHandler } from "./scripted-function.ts";
import { type Credentials, verifySignature } from "./verify-signature.ts";

/**
 * AWS Lambda as far as its wire goes: the REST paths, signatures, error bodies and states of the real one, strict about bad requests. What is
 * created here is really run, as processes of this machine that ask a Runtime API for events.
 */
export interface LambdaEndpoint extends AsyncDisposable {
  readonly url: string;
  readonly region: string;
  readonly roleArn: string;
  /** Whom it knows; a test may let them expire. */
  readonly credentials: Credentials;
  readonly functions: FunctionStore;
  readonly invoking: InvokeApi;
  /** Every operation that was asked for, in order, refused ones included. */
  readonly operations: readonly Operation[];
  /** IAM actions that nobody has: `lambda:GetFunction`. */
  readonly denied: Set<string>;
  /** The next call of that operation is answered by this error. */
  readonly nextErrors: Map<Operation, AwsError>;
  /** A function of the test's own. */
  addFunction(name: string, handler: FunctionHandler, more?: { timeoutSeconds?: number; memoryMb?: number }): void;
  /** Breaks every connection that waits for an answer. */
  cut(): void;
}

const ACCOUNT = "123456789012";

export async function lambdaEndpoint({ region = "us-east-1" } = {}): Promise<LambdaEndpoint> {
  const folder = await scratchDirectory();
  const functions = makeFunctionStore(region, ACCOUNT);
  const invoking = makeInvokeApi(folder.path);
  const credentials: Credentials = { accessKeyId: "AKIDTEST", secretAccessKey: randomUUID() };
  const operations: Operation[] = [];
  const denied = new Set<string>();
  const nextErrors = new Map<Operation, AwsError>();
  const waiting = new Set<Socket>();
  const roleArn = `arn:aws:iam::${ACCOUNT}:role/hodei-worker`;

  async function answer(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
    const { method = "", url = "/", headers } = request;
    const body = await buffer(request);
    verifySignature({ method, url, headers, body }, region, credentials);
    const { operation, reference } = routeOf(method, url);
    operations.push(operation);
    if (denied.has(`lambda:${operation}`)) throw notAllowed(operation, reference);
    const error = nextErrors.get(operation);
    nextErrors.delete(operation);
    if (error) throw error;
    if (operation !== "InvokeFunction") {
      const { status, json } = perform(operation, reference, body, functions);
      response.writeHead(status, { "content-type": "application/json", "x-amzn-requestid": requestId });
      response.end(json === undefined ? undefined : JSON.stringify(json));
      return;
    }
    waiting.add(request.socket);
    try {
      const reply = await invoking.invoke(functions.get(reference), requestId, headers, body);
      response.writeHead(200, { "content-type": "application/json", "x-amzn-requestid": requestId, ...reply.headers });
      response.end(reply.payload);
    } finally {
      waiting.delete(request.socket);
    }
  }

  function notAllowed(operation: Operation, reference: string): AwsError {
    const resource = reference ? `arn:aws:lambda:${region}:${ACCOUNT}:function:${reference}` : "*";
    const message = `User: arn:aws:iam::${ACCOUNT}:user/hodei is not authorized to perform: lambda:${operation} on resource: ${resource} because no identity-based policy allows the lambda:${operation} action`;
    return new AwsError(403, "AccessDeniedException", message);
  }

  const server = createServer((request, response) => {
    const requestId = randomUUID();
    answer(request, response, requestId).catch((error: unknown) => refuse(response, requestId, error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region,
    roleArn,
    credentials,
    functions,
    invoking,
    operations,
    denied,
    nextErrors,
    addFunction(name, handler, { timeoutSeconds = 60, memoryMb = 256 } = {}) {
      functions.add(
        {
          FunctionName: name,
          Role: roleArn,
          Code: { ZipFile: "" },
          Runtime: "nodejs22.x",
          Handler: "index.handler",
          Timeout: timeoutSeconds,
          MemorySize: memoryMb,
        },
        handler,
      );
    },
    cut() {
      for (const socket of waiting) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await invoking[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The type stands in a header; the body's key is `message` or `Message`, as the service has it. */
function refuse(response: ServerResponse, requestId: string, error: unknown): void {
  const { status, type, message, more } =
    error instanceof AwsError ? error : new AwsError(500, "ServiceException", String(error), { Type: "Service" });
  response.writeHead(status, {
    "content-type": "application/json",
    "x-amzn-requestid": requestId,
    "x-amzn-errortype": type,
  });
  response.end(JSON.stringify({ ...more, [status >= 500 || status === 404 ? "Message" : "message"]: message }));
}
