import { createHash } from "node:crypto";
import { AwsError, conflict, notFound } from "./aws-error.ts";
import type { FunctionHandler } from "./scripted-function.ts";
import { type CreateFunction, validateCreate } from "./validate-function.ts";

/** A function as the endpoint holds it. */
export interface StoredFunction {
  name: string;
  arn: string;
  request: CreateFunction;
  tags: Record<string, string>;
  zip: Buffer | undefined;
  /** A function of the test's own, in place of code. */
  handler: FunctionHandler | undefined;
  state: "Pending" | "Active" | "Failed";
  stateReason: { StateReasonCode: string; StateReason: string } | undefined;
  /** Looks at a function that is still Pending; then it is Active. */
  looksUntilActive: number;
  codeSize: number;
  codeSha256: string;
}

export interface FunctionStore {
  readonly all: ReadonlyMap<string, StoredFunction>;
  /** How often a new function is looked at before it is Active. */
  looksUntilActive: number;
  create(body: unknown): StoredFunction;
  add(request: CreateFunction, handler: FunctionHandler): StoredFunction;
  /** By name, or by ARN, with or without a version. @throws AwsError */
  get(reference: string): StoredFunction;
  remove(reference: string): void;
}

/** Roles that a policy lets Lambda assume end in anything but this. */
const UNASSUMABLE = "not-assumable";

export function makeFunctionStore(region: string, account: string): FunctionStore {
  const all = new Map<string, StoredFunction>();
  const arnOf = (name: string) => `arn:aws:lambda:${region}:${account}:function:${name}`;

  function keep(
    request: CreateFunction,
    zip: Buffer | undefined,
    handler: FunctionHandler | undefined,
    looks: number,
  ): StoredFunction {
    const stored: StoredFunction = {
      name: request.FunctionName,
      arn: arnOf(request.FunctionName),
      request,
      tags: request.Tags ?? {},
      zip,
      handler,
      state: looks > 0 ? "Pending" : "Active",
      stateReason:
        looks > 0 ? { StateReasonCode: "Creating", StateReason: "The function is being created." } : undefined,
      looksUntilActive: looks,
      codeSize: zip?.length ?? 0,
      codeSha256: createHash("sha256")
        .update(zip ?? "")
        .digest("base64"),
    };
    all.set(stored.name, stored);
    return stored;
  }

  return {
    all,
    looksUntilActive: 2,
    create(body) {
      const request = validateCreate(body);
      if (all.has(request.FunctionName)) throw conflict(`Function already exist: ${request.FunctionName}`);
      if (request.Role.endsWith(UNASSUMABLE))
        throw new AwsError(
          400,
          "InvalidParameterValueException",
          "The role defined for the function cannot be assumed by Lambda.",
          { Type: "User" },
        );
      return keep(request, Buffer.from(request.Code.ZipFile, "base64"), undefined, this.looksUntilActive);
    },
    add: (request, handler) => keep(request, undefined, handler, 0),
    get(reference) {
      const name = reference.replace(/^arn:[^:]+:lambda:[^:]+:\d+:function:/, "").replace(/:[^:]*$/, "");
      const stored = all.get(name);
      if (!stored) throw notFound(reference.startsWith("arn:") ? reference : arnOf(reference));
      return stored;
    },
    remove(reference) {
      all.delete(this.get(reference).name);
    },
  };
}

/** One look at a function, as `GetFunctionConfiguration` answers it; a Pending one comes nearer to Active by it. */
export function lookAt(stored: StoredFunction, isCreation = false): Record<string, unknown> {
  if (stored.state === "Pending" && !isCreation) {
    stored.looksUntilActive -= 1;
    if (stored.looksUntilActive <= 0) {
      stored.state = "Active";
      stored.stateReason = undefined;
    }
  }
  const { request } = stored;
  return {
    FunctionName: stored.name,
    FunctionArn: stored.arn,
    Runtime: request.Runtime,
    Role: request.Role,
    Handler: request.Handler,
    CodeSize: stored.codeSize,
    Description: request.Description ?? "",
    Timeout: request.Timeout ?? 3,
    MemorySize: request.MemorySize ?? 128,
    LastModified: "2026-01-01T00:00:00.000+0000",
    CodeSha256: stored.codeSha256,
    Version: "$LATEST",
    TracingConfig: { Mode: "PassThrough" },
    RevisionId: "00000000-0000-4000-8000-000000000000",
    State: stored.state,
    ...stored.stateReason,
    LastUpdateStatus: "Successful",
    PackageType: "Zip",
    Architectures: request.Architectures ?? ["x86_64"],
    EphemeralStorage: { Size: 512 },
    ...(request.Layers && { Layers: request.Layers.map((Arn) => ({ Arn, CodeSize: 1 })) }),
    SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
    LoggingConfig: { LogFormat: "Text", LogGroup: `/aws/lambda/${stored.name}` },
  };
}
