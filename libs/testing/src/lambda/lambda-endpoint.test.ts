import { expect, test } from "vitest";
import { lambdaEndpoint } from "./lambda-endpoint.ts";
import { validateCreate } from "./validate-function.ts";

const GOOD = {
  FunctionName: "f",
  Role: "arn:aws:iam::123456789012:role/r",
  Code: { ZipFile: "" },
  Runtime: "provided.al2023",
  Handler: "bootstrap",
  Timeout: 900,
  MemorySize: 10_240,
  Layers: ["arn:aws:lambda:us-east-1:123456789012:layer:common:1"],
  Tags: { "hodei.dev/cluster": "a" },
};

test("a function that Lambda would take is taken", () => {
  expect(validateCreate(GOOD)).toEqual(GOOD);
});

test.each([
  [{ FunctionName: "no spaces" }, /functionName/],
  [{ FunctionName: "x".repeat(65) }, /functionName/],
  [{ Role: "hodei-worker" }, /'role'/],
  [{ Runtime: "nodejs12.x" }, /enum value set/],
  [{ Handler: "two words" }, /'handler'/],
  [{ Timeout: 901 }, /'timeout'.*less than or equal to 900/],
  [{ Timeout: 0 }, /'timeout'/],
  [{ MemorySize: 127 }, /'memorySize'/],
  [{ MemorySize: 10_241 }, /'memorySize'/],
  [{ Layers: ["arn:aws:lambda:us-east-1:123456789:layer:common:1"] }, /'layers'/],
  [{ Layers: Array.from({ length: 6 }, () => GOOD.Layers[0]) }, /more than 5 layers/],
  [{ Tags: { "aws:mine": "x" } }, /Tag aws:mine/],
  [{ Memory: 128 }, /Unrecognized field "Memory"/],
  [{ Code: {} }, /provide a source/],
])("a function with %j is refused as Lambda refuses it", (wrong, words) => {
  expect(() => validateCreate({ ...GOOD, ...wrong })).toThrow(words);
});

test("a request that is not signed, or signed by somebody unknown, gets AWS's own refusal", async () => {
  await using endpoint = await lambdaEndpoint();
  const url = `${endpoint.url}/2016-08-19/account-settings`;
  const unsigned = await fetch(url);
  expect([unsigned.status, unsigned.headers.get("x-amzn-errortype"), await unsigned.json()]).toEqual([
    403,
    "MissingAuthenticationTokenException",
    { message: "Missing Authentication Token" },
  ]);
  const scope = "20260101/us-east-1/lambda/aws4_request";
  const authorization = `AWS4-HMAC-SHA256 Credential=AKIDOTHER/${scope}, SignedHeaders=host, Signature=${"0".repeat(64)}`;
  const unknown = await fetch(url, { headers: { authorization } });
  expect(unknown.headers.get("x-amzn-errortype")).toBe("UnrecognizedClientException");
  expect(endpoint.operations).toEqual([]);
});
