import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const FIXTURE = fileURLToPath(new URL("./fixtures/service.ts", import.meta.url));

type Line = { msg: string; level: string; port: number };

/** Runs the fixture as a process of its own, and reads its log. */
function start(env: Record<string, string> = {}) {
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(process.execPath, [FIXTURE], {
    env: { PATH: process.env["PATH"] ?? "", HODEI_SELECTOR_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: Line[] = [];
  const waiters: { msg: string; resolve: (line: Line) => void }[] = [];
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  createInterface(child.stdout).on("line", (text) => {
    const line: Line = JSON.parse(text);
    lines.push(line);
    for (const waiter of waiters) if (waiter.msg === line.msg) waiter.resolve(line);
  });
  const exited = once(child, "exit").then(([code]) => Number(code));
  return {
    child,
    lines,
    errors: () => errors,
    exited,
    said(msg: string): Promise<Line> {
      const known = lines.find((line) => line.msg === msg);
      if (known) return Promise.resolve(known);
      const { promise, resolve } = Promise.withResolvers<Line>();
      waiters.push({ msg, resolve });
      return promise;
    },
  };
}

test("a service answers on its port, and SIGTERM ends it in order: main first, then what it used, last one first", async () => {
  const service = start();
  const { port } = await service.said("ready");
  const base = `http://127.0.0.1:${port}`;
  expect((await fetch(`${base}/healthz`)).status).toBe(200);
  expect((await fetch(`${base}/readyz`)).status).toBe(200);
  expect(await (await fetch(`${base}/metrics`)).text()).toContain("hodei_jobs_total");
  expect(await (await fetch(`${base}/health/providers`)).json()).toHaveProperty("instance");
  expect((await fetch(`${base}/nowhere`)).status).toBe(404);
  service.child.kill("SIGTERM");
  expect(await service.exited).toBe(0);
  const said = service.lines.map((line) => line.msg);
  expect(said.slice(said.indexOf("stopping"))).toEqual([
    "stopping",
    "finishing",
    "closed second",
    "closed first",
    "stopped",
  ]);
}, 20_000);

test("until it is ready a service asks who calls it to come again, whatever is called", async () => {
  const free = createServer().listen(0, "127.0.0.1");
  await once(free, "listening");
  const { port } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  const service = start({ MODE: "starting", HODEI_SELECTOR_PORT: String(port) });
  await service.said("not ready yet");
  const base = `http://127.0.0.1:${port}`;
  expect((await fetch(`${base}/hodei.v1.JobService/GetJob`, { method: "POST" })).status).toBe(503);
  expect((await fetch(`${base}/readyz`)).status).toBe(503);
  expect((await fetch(`${base}/healthz`)).status).toBe(200);
  service.child.kill("SIGTERM");
  expect(await service.exited).toBe(0);
}, 20_000);

test("a dependency that hangs makes the service not ready, and says which", async () => {
  const service = start({ MODE: "unready" });
  const { port } = await service.said("ready");
  const response = await fetch(`http://127.0.0.1:${port}/readyz`);
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ failures: [{ name: "database", error: "no answer within 2000 ms" }] });
  service.child.kill("SIGTERM");
  expect(await service.exited).toBe(0);
}, 20_000);

test("a service that cannot go on says why and ends with 1, and so does one with a rejection that nobody handles", async () => {
  const failing = start({ MODE: "fails" });
  expect(await failing.exited).toBe(1);
  expect(failing.lines.map((line) => line.msg)).toContain("selector cannot go on: no database of that name");
  expect(failing.lines.map((line) => line.msg)).toContain("closed first");
  const rejecting = start({ MODE: "rejects" });
  expect(await rejecting.exited).toBe(1);
  expect(rejecting.lines.at(-1)).toMatchObject({ level: "fatal" });
}, 20_000);

test("a second signal ends a service that hangs", async () => {
  const service = start({ MODE: "hangs" });
  await service.said("ready");
  service.child.kill("SIGTERM");
  await service.said("finishing");
  service.child.kill("SIGINT");
  expect(await service.exited).toBe(1);
}, 20_000);

test("a service that hangs is gone within ten seconds of SIGTERM, with a line that says so", async () => {
  const service = start({ MODE: "hangs" });
  await service.said("ready");
  service.child.kill("SIGTERM");
  expect(await service.exited).toBe(1);
  expect(service.lines.at(-1)?.msg).toMatch(/did not stop within/);
}, 20_000);

test("a busy port: the next free one, and it is said", async () => {
  const busy = createServer().listen(0, "127.0.0.1");
  await once(busy, "listening");
  const address = busy.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const service = start({ HODEI_SELECTOR_PORT: String(port) });
  const ready = await service.said("ready");
  expect(ready.port).toBeGreaterThan(port);
  expect(service.lines.map((line) => line.msg)).toContain(`port ${port} is busy; using ${ready.port}`);
  service.child.kill("SIGTERM");
  await service.exited;
  busy.close();
}, 20_000);

test("settings that cannot be used are all named at once, with what to write, and the service does not start", async () => {
  const service = start({
    HODEI_NATS_URL: "localhost",
    HODEI_CLAIM_SECONDS: "soon",
    HODEI_LOG_LEVEL: "loud",
    HODEI_NATS_PASSWORD: "hunter2",
  });
  expect(await service.exited).toBe(2);
  expect(service.errors()).toContain("HODEI_NATS_URL: is not a NATS URL; write for example nats://127.0.0.1:4222");
  expect(service.errors()).toContain('HODEI_CLAIM_SECONDS: "soon" is not a number from 0.2 to 3600; write one');
  expect(service.errors()).toContain('HODEI_LOG_LEVEL: "loud" is not a log level');
  expect(service.errors()).toContain(
    "HODEI_NATS_PASSWORD: is not a reference; write env:NAME or file:/path, never the value itself",
  );
  expect(service.errors()).not.toContain("hunter2");
}, 20_000);
