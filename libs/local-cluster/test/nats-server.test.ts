import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { findFreePort, findManaged, type Home, startNats, stopNats } from "../src/index.ts";
import { inDocker, type NatsProgram } from "../src/nats-program.ts";
import { FIRST_PORT, scratchHome } from "./scratch-home.ts";

async function nats(home: Home, program?: NatsProgram): Promise<{ url: string } & AsyncDisposable> {
  const { url } = await startNats(home, await findFreePort(FIRST_PORT), () => undefined, program);
  return {
    url,
    async [Symbol.asyncDispose]() {
      await stopNats(home);
    },
  };
}

/** One request in NATS' own text protocol: the line after the answer's head. */
async function request(url: string, subject: string, body = ""): Promise<Record<string, unknown>> {
  const { hostname, port } = new URL(url);
  const socket = createConnection(Number(port), hostname);
  try {
    socket.write(`CONNECT {"verbose":false}\r\nSUB answer 1\r\nPUB ${subject} answer ${body.length}\r\n${body}\r\n`);
    let isNext = false;
    for await (const line of createInterface({ input: socket })) {
      if (isNext) return JSON.parse(line) as Record<string, unknown>;
      isNext = line.startsWith("MSG answer");
    }
    throw new Error("the connection ended without an answer");
  } finally {
    socket.destroy();
  }
}

const STREAM = JSON.stringify({ name: "kept", subjects: ["kept.*"], storage: "file" });

async function keepsOverRestarts(home: Home, program?: NatsProgram): Promise<void> {
  {
    await using server = await nats(home, program);
    expect(await request(server.url, "$JS.API.STREAM.CREATE.kept", STREAM)).toMatchObject({ config: { name: "kept" } });
    expect(await request(server.url, "kept.one", "hello")).toMatchObject({ stream: "kept", seq: 1 });
  }
  expect(findManaged(home, "nats")).toBeUndefined();
  await using server = await nats(home, program);
  expect(await request(server.url, "$JS.API.STREAM.INFO.kept")).toMatchObject({ state: { messages: 1 } });
}

test("messages survive a stop", async () => {
  using home = scratchHome();
  await keepsOverRestarts(home);
});

test("messages survive a kill -9", async () => {
  using home = scratchHome();
  {
    await using server = await nats(home);
    await request(server.url, "$JS.API.STREAM.CREATE.kept", STREAM);
    await request(server.url, "kept.one", "hello");
    process.kill(findManaged(home, "nats")?.pid ?? 0, "SIGKILL");
  }
  await using server = await nats(home);
  expect(await request(server.url, "$JS.API.STREAM.INFO.kept")).toMatchObject({ state: { messages: 1 } });
});

test("a server with more to say at its start than fits an error message is ready all the same", async () => {
  using home = scratchHome();
  {
    await using server = await nats(home);
    for (let i = 0; i < 60; i += 1) {
      const stream = JSON.stringify({ name: `s${i}`, subjects: [`s${i}.x`], storage: "file" });
      await request(server.url, `$JS.API.STREAM.CREATE.s${i}`, stream);
    }
  }
  await using server = await nats(home);
  expect(await request(server.url, "$JS.API.STREAM.NAMES")).toMatchObject({ total: 60 });
});

test("each write is synced before it is acknowledged, where the server knows how", async () => {
  using home = scratchHome();
  await using _ = await nats(home);
  const version = execFileSync("nats-server", ["--version"], { encoding: "utf8" });
  const [, major = 0, minor = 0] = /v(\d+)\.(\d+)/.exec(version)?.map(Number) ?? [];
  const knows = major > 2 || (major === 2 && minor >= 10);
  expect(readFileSync(home.in("run", "nats.conf"), "utf8").includes("sync_interval: always")).toBe(knows);
});

test("a port that somebody took in between is an error that says so", async () => {
  using home = scratchHome();
  using other = scratchHome();
  await using server = await nats(home);
  await expect(startNats(other, Number(new URL(server.url).port), () => undefined)).rejects.toThrow(
    /address already in use/,
  );
});

test("where only Docker can run it, a container does, with its store in the home", async () => {
  using home = scratchHome();
  const image = "hodei-test:nats-server";
  importServerImage(image);
  using _ = { [Symbol.dispose]: () => void execFileSync("docker", ["rmi", "-f", image]) };
  const program = inDocker("docker", home, image);
  await keepsOverRestarts(home, program);
  const { args } = program.command(0, "", "");
  const name = args[args.indexOf("--name") + 1];
  expect(execFileSync("docker", ["ps", "-aq", "--filter", `name=${name}`]).toString()).toBe("");
});

/** The nats-server of this machine with its libraries as an image: the official one is a download. */
function importServerImage(image: string): void {
  const server = execFileSync("sh", ["-c", "PATH=$PATH:/usr/sbin command -v nats-server"], { encoding: "utf8" }).trim();
  using root = scratchHome();
  const libraries = execFileSync("sh", ["-c", 'ldd "$1" || true', "sh", server], { encoding: "utf8" });
  for (const path of [server, ...(libraries.match(/\/\S+/g) ?? [])]) {
    const target = path === server ? root.in("image/nats-server") : root.in("image", path);
    mkdirSync(dirname(target), { recursive: true });
    execFileSync("cp", ["-L", path, target]);
  }
  mkdirSync(join(root.in("image"), "data"));
  execFileSync("sh", [
    "-c",
    'tar -C "$1" -c . | docker import --change \'ENTRYPOINT ["/nats-server"]\' - "$2"',
    "sh",
    root.in("image"),
    image,
  ]);
}
