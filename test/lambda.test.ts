import { type LambdaEndpoint, lambdaEndpoint, type TestCluster, testCluster, waitFor } from "@hodei/testing";
import { expect, test } from "vitest";

/** A cluster that has the credentials of an endpoint, and the endpoint. */
async function lambdaCluster(): Promise<AsyncDisposable & { cluster: TestCluster; endpoint: LambdaEndpoint }> {
  const stack = new AsyncDisposableStack();
  try {
    const endpoint = stack.use(await lambdaEndpoint());
    const { accessKeyId, secretAccessKey } = endpoint.credentials;
    const env = { HODEI_TEST_AWS_ID: accessKeyId, HODEI_TEST_AWS_SECRET: secretAccessKey };
    const cluster = stack.use(await testCluster({ env }));
    const owned = stack.move();
    return { cluster, endpoint, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

function lambdaConfig({ region, url, roleArn }: LambdaEndpoint, more: object = {}): object {
  return {
    type: "lambda",
    region,
    endpoint: url,
    role_arn: roleArn,
    timeout_seconds: 120,
    access_key_id: "env:HODEI_TEST_AWS_ID",
    secret_access_key: "env:HODEI_TEST_AWS_SECRET",
    ...more,
  };
}

function attemptsAt({ invoking }: LambdaEndpoint, jobId: string, attempt: number): number {
  const { length } = invoking.invocations.filter(
    ({ clientContext }) =>
      clientContext?.custom?.["HODEI_JOB_ID"] === jobId && clientContext.custom["HODEI_ATTEMPT"] === String(attempt),
  );
  return length;
}

test("a command runs in a function that Hodei makes, a payload in the user's own, and both come back whole", async () => {
  await using lambda = await lambdaCluster();
  const { cluster, endpoint } = lambda;
  endpoint.addFunction("double", (event) => ({ doubled: (event as { n: number }).n * 2 }));
  await cluster.addProvider({
    name: "commands",
    provider_type: "lambda",
    config: lambdaConfig(endpoint),
    priority: 10,
  });
  await cluster.addProvider({
    name: "payloads",
    provider_type: "lambda",
    config: lambdaConfig(endpoint, { function_name: "double" }),
    required_labels: { function: "double" },
  });
  await cluster.submit(
    {
      job_id: "cmd",
      command: ["sh", "-c", 'echo "$HODEI_JOB_ID $GREETING"; echo oops >&2; exit 3'],
      env: { GREETING: "hi" },
    },
    { job_id: "pay", provider_type: "lambda", payload: { n: 21 } },
  );
  expect(await cluster.reaches("cmd", "FAILED")).toMatchObject({ provider_name: "commands", exit_code: 3 });
  // The provider of higher rank has no function that takes a payload: it is passed over, not tried.
  expect(await cluster.reaches("pay", "SUCCEEDED")).toMatchObject({
    provider_name: "payloads",
    attempt: 1,
    result: { doubled: 42 },
  });
  const log = await waitFor("the whole log", async () => {
    const text: Record<string, string> = {};
    const signal = AbortSignal.timeout(10_000);
    for await (const entry of cluster.bus.readJobLogs("cmd", { follow: false, signal }))
      text[entry.stream] = (text[entry.stream] ?? "") + entry.text;
    return text["system"]?.includes("AWS request") && text;
  });
  expect(log).toMatchObject({
    stdout: "cmd hi\n",
    stderr: "oops\n",
    system: expect.stringMatching(/creating it \(provided\.al2023, 1024 MB, 120 s\)\n.*invoking it\n.*billed \d+ ms/s),
  });
  expect([...endpoint.functions.all.values()].map(({ request }) => JSON.stringify(request))).not.toContain("GREETING");
});

test("a function that is throttled loses its job to the next provider", async () => {
  await using lambda = await lambdaCluster();
  const { cluster, endpoint } = lambda;
  for (const [name, priority] of [
    ["busy", 10],
    ["free", 0],
  ] as const) {
    endpoint.addFunction(name, () => name);
    await cluster.addProvider({
      name,
      provider_type: "lambda",
      config: lambdaConfig(endpoint, { function_name: name }),
      priority,
    });
  }
  endpoint.invoking.throttled.set("busy", "ReservedFunctionConcurrentInvocationLimitExceeded");
  await cluster.submit({ job_id: "moves", provider_type: "lambda", payload: null });
  expect(await cluster.reaches("moves", "SUCCEEDED")).toMatchObject({
    provider_name: "free",
    attempt: 2,
    result: "free",
  });
  const [first] = await cluster.database.query(
    "SELECT failure_code, failure_message FROM workers WHERE job_id = 'moves' AND attempt = 1",
  );
  expect(first).toMatchObject({
    failure_code: "THROTTLED",
    failure_message: expect.stringContaining("reserved concurrency is used up"),
  });
});

test.each(["when its invocation has just arrived", "while its function runs"])(
  "a provisioner that is killed %s loses that attempt, says that AWS cannot tell, and never invokes it again",
  async (when) => {
    await using lambda = await lambdaCluster();
    const { cluster, endpoint } = lambda;
    const invoked = Promise.withResolvers<void>();
    endpoint.addFunction("once", (_event, { clientContext }) => {
      if (clientContext?.custom?.["HODEI_ATTEMPT"] !== "1") return "second";
      invoked.resolve();
      return Promise.withResolvers<void>().promise;
    });
    await cluster.addProvider({
      name: "aws",
      provider_type: "lambda",
      config: lambdaConfig(endpoint, { function_name: "once" }),
    });
    await cluster.submit({ job_id: "crash", provider_type: "lambda", payload: 1 });
    await invoked.promise;
    if (when === "while its function runs") await cluster.reaches("crash", "RUNNING");
    await cluster.service("provisioner").kill("SIGKILL");
    await cluster.start("provisioner");
    expect(await cluster.reaches("crash", "SUCCEEDED")).toMatchObject({ attempt: 2, result: "second" });
    const [first] = await cluster.database.query(
      "SELECT state, failure_code, failure_message FROM workers WHERE job_id = 'crash' AND attempt = 1",
    );
    expect(first).toMatchObject({
      state: "LOST",
      failure_code: "WORKER_LOST",
      failure_message: expect.stringContaining("AWS cannot tell"),
    });
    expect([attemptsAt(endpoint, "crash", 1), attemptsAt(endpoint, "crash", 2)]).toEqual([1, 1]);
  },
);

test("a command that outlives its timeout is TIMED_OUT, and what it wrote is kept", async () => {
  await using lambda = await lambdaCluster();
  const { cluster, endpoint } = lambda;
  await cluster.addProvider({ name: "aws", provider_type: "lambda", config: lambdaConfig(endpoint) });
  await cluster.submit({ job_id: "slow", command: ["sh", "-c", "echo begun; sleep 300"], timeout_seconds: 2 });
  expect(await cluster.reaches("slow", "TIMED_OUT")).toMatchObject({ failure_code: "TIMEOUT_RUN", attempt: 1 });
  let text = "";
  const signal = AbortSignal.timeout(10_000);
  for await (const entry of cluster.bus.readJobLogs("slow", { follow: false, signal }))
    if (entry.stream === "stdout") text += entry.text;
  expect(text).toBe("begun\n");
});

test("a cancel ends the waiting at once and says that the function goes on", async () => {
  await using lambda = await lambdaCluster();
  const { cluster, endpoint } = lambda;
  endpoint.addFunction("endless", () => Promise.withResolvers<void>().promise);
  await cluster.addProvider({
    name: "aws",
    provider_type: "lambda",
    config: lambdaConfig(endpoint, { function_name: "endless" }),
  });
  await cluster.submit({ job_id: "unwanted", provider_type: "lambda", payload: 1 });
  await cluster.reaches("unwanted", "RUNNING");
  await cluster.bus.publish([{ subject: "job.cancel", messageId: "cancel", body: { job_id: "unwanted" } }]);
  expect(await cluster.reaches("unwanted", "CANCELLED")).toMatchObject({
    failure_message: expect.stringContaining("the function runs on until it ends by itself"),
  });
});
