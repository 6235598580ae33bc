import { expect, test } from "vitest";
import { workerOf } from "../src/conformance/worker-of.ts";
import { openLambda } from "./open-lambda.ts";

const signal = () => AbortSignal.timeout(30_000);

test("a check verifies the credentials, looks at the function, and shows what a person would type", async () => {
  await using lambda = await openLambda();
  const before = await lambda.provider.check(signal());
  const region = `--region us-east-1 --endpoint-url ${lambda.endpoint.url}`;
  expect(before).toMatchObject({
    state: "healthy",
    capabilities: { architecture: "amd64", perWorker: { memoryBytes: 256 * 2 ** 20, cpuMillis: 144 } },
    steps: [
      {
        ok: true,
        detail: "1000 concurrent executions in the account, 900 of them reserved by no function",
        command: `aws lambda get-account-settings ${region}`,
      },
      { ok: true, detail: "not there yet; the first job creates it" },
    ],
  });
  await lambda.outcomeOf(workerOf(["true"]));
  const after = await lambda.provider.check(signal());
  const [name] = lambda.endpoint.functions.all.keys();
  expect(after.steps?.[1]).toEqual({
    name: `look at function ${name}`,
    ok: true,
    detail: "Active, provided.al2023, 256 MB, 120 s",
    command: `aws lambda get-function-configuration --function-name ${name} ${region}`,
  });
});

test("a permission that only the check needs is degraded, one that work needs is unhealthy", async () => {
  await using lambda = await openLambda();
  lambda.endpoint.denied.add("lambda:GetAccountSettings");
  expect(await lambda.provider.check(signal())).toMatchObject({
    state: "degraded",
    code: "PERMISSION_DENIED",
    detail: expect.stringContaining("the permission lambda:GetAccountSettings is missing; workers do not need it"),
  });
  lambda.endpoint.denied.add("lambda:GetFunctionConfiguration");
  expect(await lambda.provider.check(signal())).toMatchObject({
    state: "unhealthy",
    code: "PERMISSION_DENIED",
    detail: expect.stringContaining("lambda:GetFunctionConfiguration"),
  });
  await using own = await openLambda({ function_name: "mine" }, { at: lambda.endpoint });
  expect(await own.provider.check(signal())).toMatchObject({ state: "degraded", code: "PERMISSION_DENIED" });
});

test("a function of the user's own that is not there, not ready, failed, or shorter than the configuration says, is told", async () => {
  await using lambda = await openLambda({ function_name: "mine", timeout_seconds: 60 });
  expect(await lambda.provider.check(signal())).toMatchObject({
    state: "unhealthy",
    code: "CONFIG_INVALID",
    detail: expect.stringContaining("Function not found"),
  });
  lambda.endpoint.addFunction("mine", () => 1, { timeoutSeconds: 3, memoryMb: 3538 });
  expect(await lambda.provider.check(signal())).toMatchObject({
    state: "degraded",
    code: "CONFIG_INVALID",
    detail: expect.stringContaining('write "timeout_seconds": 3, or raise it'),
    capabilities: { perWorker: { memoryBytes: 3538 * 2 ** 20, cpuMillis: 2000 } },
  });
  const stored = lambda.endpoint.functions.get("mine");
  stored.request.Timeout = 60;
  expect(await lambda.provider.check(signal())).toMatchObject({ state: "healthy" });
  Object.assign(stored, { state: "Pending", looksUntilActive: 100 });
  expect(await lambda.provider.check(signal())).toMatchObject({ state: "degraded", code: "PROVIDER_ERROR" });
  const stateReason = { StateReasonCode: "SubnetOutOfIPAddresses", StateReason: "no address left" };
  Object.assign(stored, { state: "Failed", stateReason });
  expect(await lambda.provider.check(signal())).toMatchObject({
    state: "unhealthy",
    code: "QUOTA_EXCEEDED",
    detail: expect.stringContaining("SubnetOutOfIPAddresses: no address left"),
  });
});

test("a worker function that cannot be made ready says why and what to do", async () => {
  await using lambda = await openLambda();
  lambda.endpoint.functions.looksUntilActive = 1000;
  const outcome = lambda.outcomeOf(workerOf(["true"]));
  while (lambda.endpoint.functions.all.size === 0) await new Promise((resolve) => setImmediate(resolve));
  const [stored] = lambda.endpoint.functions.all.values();
  const stateReason = { StateReasonCode: "InsufficientRolePermissions", StateReason: "the role lacks EC2 permissions" };
  Object.assign(stored ?? {}, { state: "Failed", stateReason });
  expect((await outcome).failure).toMatchObject({
    code: "PERMISSION_DENIED",
    detail: expect.stringMatching(/the role lacks EC2 permissions; mend it, then delete the function/),
  });
});
