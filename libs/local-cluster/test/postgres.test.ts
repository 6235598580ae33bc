import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { openStore } from "@hodei/store";
import { expect, test } from "vitest";
import { findFreePort, findManaged, type Home, startPostgres, stopPostgres } from "../src/index.ts";
import { ownFolder } from "../src/own-folder.ts";
import { FIRST_PORT, scratchHome } from "./scratch-home.ts";

const isRoot = process.getuid?.() === 0;

/** A PostgreSQL that is stopped with the test; what it said on the way is kept. */
async function postgres(home: Home): Promise<{ url: string; said: string[] } & AsyncDisposable> {
  const said: string[] = [];
  const { url } = await startPostgres(home, await findFreePort(FIRST_PORT), (line) => said.push(line));
  return {
    url,
    said,
    async [Symbol.asyncDispose]() {
      await stopPostgres(home);
    },
  };
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  await using store = await openStore(url, { applicationName: "test", maxConnections: 1, connectSeconds: 2 });
  return (await store.pool.query(text)).rows;
}

/** Where a home that PostgreSQL's user cannot reach keeps its data, by what was said. */
function placeOf(said: readonly string[]): string {
  return /its data is in (\S+)/.exec(said.join("\n"))?.[1] ?? "";
}

test("data survives a stop, and a kill -9", async () => {
  using home = scratchHome();
  {
    await using server = await postgres(home);
    await query(server.url, "CREATE TABLE kept AS SELECT 42 AS answer");
  }
  expect(findManaged(home, "postgres")).toBeUndefined();
  {
    await using server = await postgres(home);
    expect(await query(server.url, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
    await query(server.url, "INSERT INTO kept VALUES (43)");
    process.kill(findManaged(home, "postgres")?.pid ?? 0, "SIGKILL");
  }
  await using server = await startedAgain(home);
  expect(await query(server.url, "SELECT answer FROM kept ORDER BY 1")).toEqual([{ answer: 42 }, { answer: 43 }]);
});

test("it is durable, on loopback only, and opens to its password alone", async () => {
  using home = scratchHome();
  await using server = await postgres(home);
  expect(
    await query(
      server.url,
      "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses') ORDER BY 1",
    ),
  ).toEqual([
    { name: "fsync", setting: "on" },
    { name: "full_page_writes", setting: "on" },
    { name: "listen_addresses", setting: "127.0.0.1" },
    { name: "synchronous_commit", setting: "on" },
  ]);
  await expect(query(server.url.replace(/:[^:@]+@/, ":wrong@"), "SELECT 1")).rejects.toThrow(/password/);
});

test("a start that was interrupted in the middle leaves nothing that breaks the next", async () => {
  using home = scratchHome();
  mkdirSync(`${home.in("postgres")}.new-abc123/base`, { recursive: true });
  writeFileSync(`${home.in("postgres")}.new-abc123/PG_VERSION`, "18\n");
  await using server = await postgres(home);
  expect(await query(server.url, "SELECT current_database()")).toEqual([{ current_database: "hodei" }]);
});

test("a second start of the same one is refused, and the first can still be stopped", async () => {
  using home = scratchHome();
  await using server = await postgres(home);
  await expect(startPostgres(home, await findFreePort(FIRST_PORT), () => undefined)).rejects.toThrow(/runs already/);
  expect(await query(server.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  expect(await stopPostgres(home)).toBe(true);
});

test.runIf(isRoot)("as root in a folder nobody else may enter, data survives and it says where it is", async () => {
  using home = scratchHome(0o700);
  let place = "";
  try {
    {
      await using server = await postgres(home);
      place = placeOf(server.said);
      expect(server.said.join("\n")).toContain(`cannot reach ${home.path}`);
      await query(server.url, "CREATE TABLE kept AS SELECT 42 AS answer");
    }
    await using server = await postgres(home);
    expect(await query(server.url, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
  } finally {
    if (place) rmSync(dirname(place), { recursive: true, force: true });
  }
});

test.runIf(isRoot)("a home there that was deleted and made anew starts empty, under its new password", async () => {
  const places: string[] = [];
  using home = scratchHome(0o700);
  try {
    {
      await using server = await postgres(home);
      places.push(placeOf(server.said));
    }
    const password = readFileSync(home.in("password"), "utf8");
    rmSync(home.path, { recursive: true });
    mkdirSync(home.in("logs"), { recursive: true });
    mkdirSync(home.in("run"));
    await using server = await postgres(home);
    places.push(placeOf(server.said));
    expect(readFileSync(home.in("password"), "utf8")).not.toBe(password);
    expect(await query(server.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    expect(existsSync(places[0] ?? "")).toBe(true);
  } finally {
    for (const place of places) rmSync(dirname(place), { recursive: true, force: true });
  }
});

test("a folder in a public place that somebody else prepared is not used", () => {
  using home = scratchHome();
  symlinkSync("/etc", home.in("trap"));
  expect(() => ownFolder(home.in("trap"))).toThrow(/belongs to somebody else/);
  expect(ownFolder(home.in("ours"))).toBe(home.in("ours"));
  expect(ownFolder(home.in("ours"))).toBe(home.in("ours"));
});

/** Children of a killed server hold its lock for a moment; PostgreSQL refuses until the last is gone. */
async function startedAgain(home: Home): ReturnType<typeof postgres> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await postgres(home);
    } catch (error) {
      if (tries === 100) throw error;
    }
  }
}
