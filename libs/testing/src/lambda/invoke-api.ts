import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import { AwsError, conflict, invalidParameter } from "./aws-error.ts";
import type { StoredFunction } from "./function-store.ts";
import { invocationLog, logTail } from "./invocation-log.ts";
import { type Sandbox, startSandbox } from "./sandbox.ts";
import { RuntimeFailure } from "./scripted-function.ts";
import { unzip } from "./unzip.ts";

/** An invocation that was taken: from here on the function ran. */
interface RecordedInvocation {
  functionName: string;
  requestId: string;
  event: unknown;
  clientContext: { custom?: Record<string, string> } | undefined;
}

/** What goes back to the caller of an invocation. */
interface InvokeReply {
  payload: Buffer;
  headers: Record<string, string>;
}

export interface InvokeApi extends AsyncDisposable {
  readonly invocations: readonly RecordedInvocation[];
  /** Functions that take no invocation for now, and why. */
  readonly throttled: Map<string, string>;
  /** What the reports say was used, in MB. */
  usedMb: number;
  invoke(stored: StoredFunction, requestId: string, headers: IncomingHttpHeaders, body: Buffer): Promise<InvokeReply>;
  /** What the functions that run now have written so far. */
  runningLog(): string;
  /** Kills the processes that run now, as the kernel does when memory is out. */
  killRunning(): Promise<void>;
}

const LARGEST_PAYLOAD = 6_291_556;
const LARGEST_CLIENT_CONTEXT = 3583;

interface Ended {
  payload: Buffer;
  log: string;
  functionError?: "Unhandled" | "Handled";
  initFailed?: boolean;
}

export function makeInvokeApi(folder: string): InvokeApi {
  const invocations: RecordedInvocation[] = [];
  const throttled = new Map<string, string>();
  const folders = new Map<string, Promise<string>>();
  const idle = new Map<string, Sandbox[]>();
  const running = new Set<Sandbox>();

  async function unpacked({ name, zip, codeSha256 }: StoredFunction): Promise<string> {
    const target = join(folder, `${name}-${randomUUID()}`);
    const known =
      folders.get(codeSha256) ?? mkdir(target).then(() => unzip(zip ?? Buffer.alloc(0), target).then(() => target));
    folders.set(codeSha256, known);
    return await known;
  }

  async function runCode(
    stored: StoredFunction,
    record: RecordedInvocation,
    context: string | undefined,
    payload: Buffer,
  ): Promise<Ended> {
    const free = idle.get(stored.name)?.pop();
    const sandbox =
      free ?? (await startSandbox(await unpacked(stored), stored.request.Runtime, stored.request.Handler));
    running.add(sandbox);
    const timeoutSeconds = stored.request.Timeout ?? 3;
    const { requestId } = record;
    const answer = await sandbox.invoke({
      requestId,
      functionArn: stored.arn,
      payload,
      clientContext: context,
      timeoutMs: timeoutSeconds * 1000,
    });
    running.delete(sandbox);
    const { log } = answer;
    switch (answer.kind) {
      case "timed out":
        return { ...timedOut(requestId, timeoutSeconds), log };
      case "exited":
        return {
          ...failed("Runtime.ExitError", `RequestId: ${requestId} Error: Runtime exited with error: ${answer.how}`),
          log,
        };
      case "response":
      case "error":
        // A warm sandbox takes the next event.
        idle.set(stored.name, [...(idle.get(stored.name) ?? []), sandbox]);
        return answer.kind === "error"
          ? { payload: answer.payload, log, functionError: "Unhandled" }
          : { payload: answer.payload, log };
    }
  }

  return {
    invocations,
    throttled,
    usedMb: 38,
    runningLog: () => [...running].map((sandbox) => sandbox.log()).join(""),
    killRunning: async () => void (await Promise.all([...running].map((sandbox) => sandbox.kill()))),
    async invoke(stored, requestId, headers, body) {
      const context = readContext(headers["x-amz-client-context"]);
      if (body.length > LARGEST_PAYLOAD)
        throw new AwsError(
          413,
          "RequestTooLargeException",
          `Request must be smaller than ${LARGEST_PAYLOAD} bytes for the InvokeFunction operation`,
        );
      const event = readEvent(body);
      const reason = throttled.get(stored.name);
      if (reason)
        throw new AwsError(429, "TooManyRequestsException", "Rate Exceeded.", { Reason: reason, Type: "User" });
      if (stored.state !== "Active")
        throw conflict(
          `The operation cannot be performed at this time. The function is currently in the following state: ${stored.state}`,
        );
      const record = { functionName: stored.name, requestId, event, clientContext: context?.decoded };
      invocations.push(record);
      const begun = performance.now();
      const ended = stored.handler
        ? await runHandler(stored, record)
        : await runCode(stored, record, context?.raw, body);
      const log = invocationLog(requestId, ended.log, {
        durationMs: performance.now() - begun,
        memoryMb: stored.request.MemorySize ?? 128,
        usedMb: this.usedMb,
        initFailed: ended.initFailed ?? false,
      });
      return {
        payload: ended.payload,
        headers: {
          "x-amz-executed-version": "$LATEST",
          ...(headers["x-amz-log-type"] === "Tail" && { "x-amz-log-result": logTail(log) }),
          ...(ended.functionError && { "x-amz-function-error": ended.functionError }),
        },
      };
    },
    async [Symbol.asyncDispose]() {
      const all = [...running, ...[...idle.values()].flat()];
      await Promise.all(all.map((sandbox) => sandbox.kill()));
    },
  };
}

async function runHandler(
  stored: StoredFunction,
  { requestId, event, clientContext }: RecordedInvocation,
): Promise<Ended> {
  let log = "";
  const timeoutSeconds = stored.request.Timeout ?? 3;
  const late = Promise.withResolvers<Ended>();
  const timer = setTimeout(() => late.resolve({ ...timedOut(requestId, timeoutSeconds), log }), timeoutSeconds * 1000);
  const run = async (): Promise<Ended> => {
    try {
      const answer = await stored.handler?.(event, {
        requestId,
        clientContext,
        log(text) {
          log += text;
        },
      });
      return { payload: Buffer.from(JSON.stringify(answer ?? null)), log };
    } catch (error) {
      const { name, message } = error as Error;
      const isCrash = error instanceof RuntimeFailure;
      return { ...failed(isCrash ? error.errorType : name, message), log, initFailed: isCrash && error.duringInit };
    }
  };
  try {
    return await Promise.race([run(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function timedOut(requestId: string, seconds: number): Ended {
  return failed(
    "Sandbox.Timedout",
    `RequestId: ${requestId} Error: Task timed out after ${seconds.toFixed(2)} seconds`,
  );
}

function failed(errorType: string, errorMessage: string): Ended {
  return { payload: Buffer.from(JSON.stringify({ errorType, errorMessage })), functionError: "Unhandled", log: "" };
}

function readEvent(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw new AwsError(
      400,
      "InvalidRequestContentException",
      `Could not parse request body into json: ${(error as Error).message}`,
    );
  }
}

function readContext(
  header: string | string[] | undefined,
): { raw: string; decoded: RecordedInvocation["clientContext"] } | undefined {
  if (typeof header !== "string") return undefined;
  try {
    if (header.length > LARGEST_CLIENT_CONTEXT) throw new Error("too long");
    return { raw: header, decoded: JSON.parse(Buffer.from(header, "base64").toString("utf8")) };
  } catch {
    throw invalidParameter("Client context must be a valid Base64-encoded JSON object.");
  }
}
