import { AwsError } from "@hodei/testing";
import { expect, test } from "vitest";
import { workerOf } from "../src/conformance/worker-of.ts";
import { openProvider } from "../src/index.ts";
import { adapterContext } from "./adapter-context.ts";
import { lambdaConfig } from "./lambda-config.ts";
import { openLambda } from "./open-lambda.ts";

const signal = () => AbortSignal.timeout(30_000);
const user = { Type: "User" };

test.each([
  [
    new AwsError(429, "TooManyRequestsException", "Rate Exceeded.", {
      Reason: "ConcurrentInvocationLimitExceeded",
      ...user,
    }),
    "THROTTLED",
    /account's concurrent executions are used up/,
  ],
  [
    new AwsError(429, "TooManyRequestsException", "Rate Exceeded.", {
      Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
      ...user,
    }),
    "THROTTLED",
    /function's reserved concurrency is used up/,
  ],
  [new AwsError(400, "ThrottlingException", "Rate exceeded"), "THROTTLED", /Rate exceeded/],
  [new AwsError(502, "EC2ThrottledException", "Throttled by EC2"), "THROTTLED", /EC2/],
  [new AwsError(502, "ENILimitReachedException", "no ENI"), "QUOTA_EXCEEDED", /no network interface left/],
  [new AwsError(502, "SubnetIPAddressLimitReachedException", "no IP"), "QUOTA_EXCEEDED", /no address left/],
  [new AwsError(502, "KMSAccessDeniedException", "KMS"), "PERMISSION_DENIED", /KMS key/],
  [new AwsError(502, "KMSDisabledException", "KMS"), "CONFIG_INVALID", /is disabled/],
  [new AwsError(502, "InvalidSubnetIDException", "subnet"), "CONFIG_INVALID", /subnet of the function is gone/],
  [
    new AwsError(403, "AccessDeniedException", "User: x is not authorized to perform: lambda:InvokeFunction"),
    "PERMISSION_DENIED",
    /lambda:InvokeFunction/,
  ],
  [
    new AwsError(404, "ResourceNotFoundException", "Function not found", user),
    "CONFIG_INVALID",
    /check function_name, layers and region/,
  ],
  [
    new AwsError(409, "ResourceConflictException", "The function is currently in the following state: Pending", user),
    "PROVIDER_ERROR",
    /not ready/,
  ],
  [new AwsError(413, "RequestTooLargeException", "too large", user), "PROVIDER_ERROR", /6 MB/],
  [new AwsError(400, "InvalidParameterValueException", "Invalid.", user), "CONFIG_INVALID", /Invalid\./],
  [
    new AwsError(500, "ServiceException", "internal", { Type: "Service" }),
    "PROVIDER_ERROR",
    /AWS does not say whether the function ran/,
  ],
  [
    new AwsError(418, "SomethingNewException", "what nobody knows yet"),
    "PROVIDER_ERROR",
    /SomethingNewException: what nobody knows yet/,
  ],
])("an invocation that is answered by $type is %s … %s", async (error, code, words) => {
  await using lambda = await openLambda({ function_name: "mine" });
  lambda.endpoint.addFunction("mine", () => 1);
  // As often as a throttle is tried again.
  const worker = workerOf([], {}, { payload: 1 });
  const { command: _, ...job } = worker.job;
  const answers = [error, error, error];
  lambda.endpoint.nextErrors.set("InvokeFunction", error);
  const refill = setInterval(() => {
    if (answers.length > 0 && !lambda.endpoint.nextErrors.has("InvokeFunction"))
      lambda.endpoint.nextErrors.set("InvokeFunction", answers.pop() ?? error);
  }, 5);
  try {
    const outcome = await lambda.outcomeOf({ ...worker, job });
    expect(outcome.failure).toMatchObject({ code, detail: expect.stringMatching(words) });
  } finally {
    clearInterval(refill);
  }
});

test.each([
  [
    new AwsError(400, "CodeStorageExceededException", "Code storage limit exceeded.", user),
    "QUOTA_EXCEEDED",
    /code storage of the account is full/,
  ],
  [new AwsError(402, "ServiceQuotaExceededException", "quota"), "QUOTA_EXCEEDED", /quota/],
  [
    new AwsError(403, "AccessDeniedException", "User: x is not authorized to perform: iam:PassRole"),
    "PERMISSION_DENIED",
    /iam:PassRole/,
  ],
])("a function that cannot be created for $type is %s", async (error, code, words) => {
  await using lambda = await openLambda();
  lambda.endpoint.nextErrors.set("CreateFunction", error);
  expect((await lambda.outcomeOf(workerOf(["true"]))).failure).toMatchObject({
    code,
    detail: expect.stringMatching(words),
  });
});

test("what Lambda refuses of a configuration is the configuration's fault, and a role that it cannot assume a permission's", async () => {
  const layers = ["arn:aws:lambda:us-east-1:123456789:layer:common:1"];
  await using short = await openLambda({ layers });
  expect((await short.outcomeOf(workerOf(["true"]))).failure).toMatchObject({
    code: "CONFIG_INVALID",
    detail: expect.stringContaining("layers"),
  });
  await using unknown = await openLambda({ runtime: "nodejs12.x" });
  expect((await unknown.outcomeOf(workerOf(["true"]))).failure).toMatchObject({
    code: "CONFIG_INVALID",
    detail: expect.stringContaining("nodejs12.x"),
  });
  await using role = await openLambda({ role_arn: "arn:aws:iam::123456789012:role/not-assumable" });
  expect((await role.outcomeOf(workerOf(["true"]))).failure).toMatchObject({
    code: "PERMISSION_DENIED",
    detail: expect.stringContaining("cannot be assumed by Lambda"),
  });
});

test("without a role and without a function, the role is asked for by name: by the check and by a start", async () => {
  await using lambda = await openLambda({ role_arn: undefined });
  const asked = {
    code: "CONFIG_INVALID",
    detail: expect.stringMatching(/^role_arn is missing: write the ARN of the role/),
  };
  expect((await lambda.outcomeOf(workerOf(["true"]))).failure).toMatchObject(asked);
  expect(await lambda.provider.check(signal())).toMatchObject({ state: "unhealthy", ...asked });
  expect(lambda.endpoint.operations).not.toContain("CreateFunction");
});

test("wrong, unknown and expired credentials are told apart, at once, and never shown", async () => {
  await using lambda = await openLambda();
  const { endpoint } = lambda;
  process.env["HODEI_TEST_AWS_WRONG"] = "a-secret-that-is-wrong";
  const checkWith = async (more: object) => {
    await using provider = await openProvider(
      "lambda",
      lambdaConfig(endpoint, more as Record<string, unknown>),
      adapterContext("/nonexistent"),
    );
    const health = await provider.check(signal());
    expect(JSON.stringify(health)).not.toContain("a-secret-that-is-wrong");
    return health;
  };
  const denied = (detail: RegExp) => ({
    state: "unhealthy",
    code: "PERMISSION_DENIED",
    detail: expect.stringMatching(detail),
  });
  expect(await checkWith({ secret_access_key: "env:HODEI_TEST_AWS_WRONG" })).toMatchObject(
    denied(/^InvalidSignatureException.*clock is wrong/),
  );
  expect(await checkWith({ access_key_id: "env:HODEI_TEST_AWS_WRONG" })).toMatchObject(
    denied(/^UnrecognizedClientException/),
  );
  expect(await checkWith({ session_token: "env:HODEI_TEST_AWS_WRONG" })).toMatchObject(
    denied(/^UnrecognizedClientException/),
  );
  expect(await checkWith({ access_key_id: "env:HODEI_TEST_AWS_ABSENT" })).toMatchObject(
    denied(/env:HODEI_TEST_AWS_ABSENT is not set/),
  );
  endpoint.credentials.hasExpired = true;
  expect(await lambda.provider.check(signal())).toMatchObject(denied(/^ExpiredTokenException.*renew them/));
  endpoint.credentials.hasExpired = false;
  expect(await lambda.provider.check(signal())).toMatchObject({ state: "healthy" });
});

test("an address where nobody listens is unreachable, for a check until that is confirmed", async () => {
  await using lambda = await openLambda();
  await lambda.endpoint[Symbol.asyncDispose]();
  expect(await lambda.provider.check(signal())).toMatchObject({
    state: "degraded",
    code: "UNREACHABLE",
    needsConfirmation: true,
  });
  expect((await lambda.outcomeOf(workerOf(["true"]))).failure).toMatchObject({ code: "UNREACHABLE" });
});
