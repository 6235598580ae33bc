import { afterAll, describe, expect, test } from "vitest";
import { describeConformance } from "../src/conformance/describe-conformance.ts";
import { followExits } from "../src/conformance/follow-exits.ts";
import { workerOf } from "../src/conformance/worker-of.ts";
import { openProvider } from "../src/index.ts";
import { adapterContext } from "./adapter-context.ts";

/**
 * The same promises against a real service: `HODEI_TEST_LAMBDA_ENDPOINT` (https://lambda.eu-west-1.amazonaws.com, or a compatible one),
 * `HODEI_TEST_LAMBDA_REGION`, `HODEI_TEST_LAMBDA_ROLE`, and AWS's own variables for the credentials. What it made it leaves, tagged.
 */
const endpoint = process.env["HODEI_TEST_LAMBDA_ENDPOINT"];
const config = {
  type: "lambda",
  region: process.env["HODEI_TEST_LAMBDA_REGION"] ?? "us-east-1",
  role_arn: process.env["HODEI_TEST_LAMBDA_ROLE"] ?? "arn:aws:iam::000000000000:role/hodei-worker",
  timeout_seconds: 120,
  ...(endpoint && { endpoint }),
};
const context = adapterContext("/nonexistent");

if (endpoint)
  for (const runtime of ["provided.al2023", "nodejs22.x", "python3.13"])
    describeConformance(
      `lambda with ${runtime} at ${endpoint}`,
      { outlives: false, runs: true, reachesRunning: false, atOnce: 5 },
      async () => ({
        open: () => openProvider("lambda", { ...config, runtime }, context),
        close: async () => undefined,
      }),
    );

describe("a real endpoint", () => {
  const openings: AsyncDisposable[] = [];
  afterAll(() => Promise.all(openings.map((each) => each[Symbol.asyncDispose]())));

  test("is used only when HODEI_TEST_LAMBDA_ENDPOINT names one, and then runs a command", async () => {
    expect(endpoint === undefined || URL.canParse(endpoint)).toBe(true);
    if (!endpoint) return;
    const provider = await openProvider("lambda", config, context);
    openings.push(provider);
    const exits = followExits(provider);
    const worker = workerOf(["sh", "-c", "exit 7"]);
    await provider.start(worker, AbortSignal.timeout(60_000));
    expect(await exits.of(worker.name)).toMatchObject({ exitCode: 7 });
    await exits.close();
  });
});
