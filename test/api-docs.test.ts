import { fileURLToPath } from "node:url";
import type { DescMethod } from "@bufbuild/protobuf";
import { TokenService } from "@hodei/api/access";
import { JobService } from "@hodei/api/job";
import { ProviderService } from "@hodei/api/provider";
import { testCluster } from "@hodei/testing";
import { expect, test } from "vitest";
import { SHOWN_REQUESTS, type ShownRequest } from "./api-requests.ts";
import { normalised } from "./normalised.ts";

/** What the pages of docs/api show. `npx vitest run test/api-docs.test.ts -u` writes it anew, and `npm run docs` the pages from it. */
const EXAMPLES = fileURLToPath(new URL("../docs/api/examples.json", import.meta.url));
const CALLS = [ProviderService, JobService, TokenService].flatMap(({ methods }) => methods as readonly DescMethod[]);
const nameOf = ({ parent, name }: DescMethod) => `${parent.name}.${name}`;

/** Makes a call by HTTP/JSON, as curl would. */
async function answerOf(url: string, method: DescMethod, shown: ShownRequest): Promise<object> {
  const path = `${url}/${method.parent.typeName}/${method.name}`;
  const body = Buffer.from(JSON.stringify(shown.request));
  if (method.methodKind !== "unary") return { messages: await messagesOf(path, body, shown.until) };
  const headers = { "content-type": "application/json" };
  const response = await fetch(path, { method: "POST", headers, body });
  const answer = (await response.json()) as object;
  return response.ok ? { answer } : { status: response.status, error: answer };
}

/** A stream's messages: each has five bytes before it, of which the first has 2 for the last one and the others its length. */
async function messagesOf(path: string, body: Buffer, until: string | undefined): Promise<object[]> {
  const leaving = new AbortController();
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  const response = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/connect+json" },
    body: Buffer.concat([head, body]),
    signal: leaving.signal,
  });
  const messages: object[] = [];
  let rest = Buffer.alloc(0);
  for await (const chunk of response.body ?? []) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
      const end = 5 + rest.readUInt32BE(1);
      const message = JSON.parse(rest.subarray(5, end).toString()) as Record<string, unknown>;
      if (rest[0] === 2) expect(message).toEqual({});
      else messages.push(message);
      rest = rest.subarray(end);
      if (until && message[until]) return messages;
    }
  }
  return messages;
}

test("every call of the API is shown", () => {
  const shown = new Set(SHOWN_REQUESTS.map(({ call }) => call));
  expect(CALLS.map(nameOf).filter((name) => !shown.has(name))).toEqual([]);
});

test("every request in the documentation is answered as it says", async () => {
  await using cluster = await testCluster({ services: ["registry", "selector", "provisioner"] });
  const { url } = cluster.service("registry");
  const seen: object[] = [];
  for (const shown of SHOWN_REQUESTS) {
    const method = CALLS.find((each) => nameOf(each) === shown.call);
    if (!method) throw new Error(`there is no call ${shown.call}`);
    await shown.before?.(cluster);
    const { call, title, request } = shown;
    seen.push({ call, ...(title && { title }), request, ...(await answerOf(url, method, shown)) });
  }
  await expect(`${JSON.stringify(normalised(seen), null, 2)}\n`).toMatchFileSnapshot(EXAMPLES);
});
