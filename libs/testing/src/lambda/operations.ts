import { AwsError } from "./aws-error.ts";
import { type FunctionStore, lookAt } from "./function-store.ts";

/** Operations by the name of their IAM action. */
export type Operation =
  | "CreateFunction"
  | "GetFunction"
  | "GetFunctionConfiguration"
  | "DeleteFunction"
  | "InvokeFunction"
  | "GetAccountSettings"
  | "ListTags";

const ROUTES: readonly (readonly [string, RegExp, Operation])[] = [
  ["GET", /^\/2016-08-19\/account-settings\/?$/, "GetAccountSettings"],
  ["POST", /^\/2015-03-31\/functions\/?$/, "CreateFunction"],
  ["GET", /^\/2015-03-31\/functions\/([^/]+)$/, "GetFunction"],
  ["DELETE", /^\/2015-03-31\/functions\/([^/]+)$/, "DeleteFunction"],
  ["GET", /^\/2015-03-31\/functions\/([^/]+)\/configuration$/, "GetFunctionConfiguration"],
  ["POST", /^\/2015-03-31\/functions\/([^/]+)\/invocations$/, "InvokeFunction"],
  ["GET", /^\/2017-03-31\/tags\/([^/]+)$/, "ListTags"],
];

/** @throws AwsError for whatever is no call of the API */
export function routeOf(method: string, url: string): { operation: Operation; reference: string } {
  const [path = ""] = url.split("?");
  for (const [verb, pattern, operation] of ROUTES) {
    const match = verb === method ? pattern.exec(path) : null;
    if (match) return { operation, reference: decodeURIComponent(match[1] ?? "") };
  }
  throw new AwsError(404, "UnknownOperationException", `${method} ${path} is no operation`);
}

/** Everything but an invocation. @throws AwsError */
export function perform(
  operation: Exclude<Operation, "InvokeFunction">,
  reference: string,
  body: Buffer,
  functions: FunctionStore,
): { status: number; json?: unknown } {
  switch (operation) {
    case "GetAccountSettings":
      return { status: 200, json: accountSettings(functions) };
    case "CreateFunction":
      return { status: 201, json: lookAt(functions.create(parse(body)), true) };
    case "GetFunction": {
      const stored = functions.get(reference);
      const Code = { RepositoryType: "S3", Location: `https://awslambda.example/${stored.name}` };
      return { status: 200, json: { Configuration: lookAt(stored), Code, Tags: stored.tags } };
    }
    case "GetFunctionConfiguration":
      return { status: 200, json: lookAt(functions.get(reference)) };
    case "ListTags":
      return { status: 200, json: { Tags: functions.get(reference).tags } };
    case "DeleteFunction":
      functions.remove(reference);
      return { status: 204 };
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new AwsError(400, "InvalidRequestContentException", "Could not parse request body into json");
  }
}

function accountSettings(functions: FunctionStore): unknown {
  const stored = [...functions.all.values()];
  return {
    AccountLimit: {
      TotalCodeSize: 80_530_636_800,
      CodeSizeUnzipped: 262_144_000,
      CodeSizeZipped: 52_428_800,
      ConcurrentExecutions: 1000,
      UnreservedConcurrentExecutions: 900,
    },
    AccountUsage: { TotalCodeSize: stored.reduce((sum, each) => sum + each.codeSize, 0), FunctionCount: stored.length },
  };
}
