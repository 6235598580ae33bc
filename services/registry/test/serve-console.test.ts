import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { scratchDirectory } from "@hodei/testing";
import { expect, test } from "vitest";
import { serveConsole } from "../src/serve-console.ts";

/** The console of a folder before an API that only says that it was asked. */
async function serve(folder: string) {
  const handler = serveConsole((request, response) => {
    response.statusCode = 418;
    response.end(`the API was asked for ${request.url}`);
  }, folder);
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function built() {
  const folder = await scratchDirectory();
  await mkdir(`${folder.path}/assets`);
  await writeFile(`${folder.path}/index.html`, "<!doctype html>the page");
  await writeFile(`${folder.path}/assets/index-AbC123.js`, "let it = 'run';");
  await writeFile(`${folder.path}/secret.txt`, "not for everybody");
  return folder;
}

test("the page is there at every address that a person may open, and is asked for anew each time", async () => {
  await using folder = await built();
  await using server = await serve(folder.path);
  for (const path of ["/", "/jobs", "/jobs/some-job", "/jobs/with.dots", "/try?job=x"]) {
    const response = await fetch(`${server.url}${path}`);
    expect([response.status, await response.text()]).toEqual([200, "<!doctype html>the page"]);
    expect(response.headers.get("cache-control")).toBe("no-cache");
    expect(response.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'/,
    );
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  }
});

test("a file with its content in its name is kept for ever and comes compressed", async () => {
  await using folder = await built();
  await using server = await serve(folder.path);
  const response = await fetch(`${server.url}/assets/index-AbC123.js`);
  expect(await response.text()).toBe("let it = 'run';");
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "cache-control": "public, max-age=31536000, immutable",
    "content-type": "text/javascript; charset=utf-8",
    "content-encoding": "gzip",
  });
  const plain = await fetch(`${server.url}/assets/index-AbC123.js`, { headers: { "accept-encoding": "identity" } });
  expect(plain.headers.get("content-encoding")).toBeNull();
  expect((await fetch(`${server.url}/assets/gone-AbC123.js`)).status).toBe(404);
});

test("no other file is handed out, whatever is asked for", async () => {
  await using folder = await built();
  await using server = await serve(folder.path);
  for (const path of [
    "/secret.txt",
    "/assets/../secret.txt",
    "/assets/%2e%2e%2fsecret.txt",
    "/..%2f..%2fetc/passwd",
    "/assets//secret.txt",
  ]) {
    expect(await (await fetch(`${server.url}${path}`)).text()).not.toContain("not for everybody");
  }
});

test("calls and everything that is no reading go to the API", async () => {
  await using folder = await built();
  await using server = await serve(folder.path);
  for (const [path, method] of [
    ["/hodei.v1.JobService/GetJob", "GET"],
    ["/hodei.v1.JobService/GetJob", "POST"],
    ["/grpc.health.v1.Health/Check", "POST"],
    ["/jobs", "POST"],
  ] as const) {
    expect((await fetch(`${server.url}${path}`, { method })).status).toBe(418);
  }
});

test("without a built console the API is served, and the page says what to type", async () => {
  await using folder = await scratchDirectory();
  await using server = await serve(folder.path);
  const response = await fetch(server.url);
  expect(response.status).toBe(503);
  expect(await response.text()).toContain("npm run build -w apps/console");
  expect((await fetch(`${server.url}/hodei.v1.JobService/GetJob`, { method: "POST" })).status).toBe(418);
});
