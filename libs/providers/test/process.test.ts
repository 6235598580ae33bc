import { existsSync } from "node:fs";
import { scratchDirectory } from "@hodei/testing";
import { expect, test } from "vitest";
import { describeConformance, followExits, workerOf } from "../src/conformance/describe-conformance.ts";
import { openProvider } from "../src/index.ts";
import { adapterContext } from "./adapter-context.ts";

describeConformance("process", { outlives: true, runs: true }, async () => {
  const directory = await scratchDirectory();
  const context = adapterContext(directory.path);
  return {
    open: () => openProvider("process", { type: "process" }, context),
    close: () => directory[Symbol.asyncDispose](),
  };
});

test("a worker has PATH, HOME, TMPDIR and LANG of Hodei's environment, and nothing else", async () => {
  await using directory = await scratchDirectory();
  await using provider = await openProvider("process", { type: "process" }, adapterContext(directory.path));
  process.env["HODEI_TEST_LEAK"] = "leaked";
  const worker = workerOf(["/usr/bin/env"], { OWN: "1" });
  await provider.start(worker, AbortSignal.timeout(5_000));
  let text = "";
  for await (const chunk of provider.logs(worker.name, {}, AbortSignal.timeout(5_000))) text += chunk.text;
  const names = text
    .trim()
    .split("\n")
    .map((line) => line.split("=")[0]);
  expect(
    names.filter((name) => !["PATH", "HOME", "TMPDIR", "LANG", "PWD", "OLDPWD", "SHLVL", "_"].includes(name ?? "")),
  ).toEqual(["OWN"]);
});

test("a working directory that does not exist is said, not waited for", async () => {
  await using directory = await scratchDirectory();
  await using provider = await openProvider(
    "process",
    { type: "process", working_directory: "/proc/nowhere" },
    adapterContext(directory.path),
  );
  await expect(provider.start(workerOf(["true"]), AbortSignal.timeout(5_000))).rejects.toMatchObject({
    code: "PROVIDER_ERROR",
    message: expect.stringContaining("/proc/nowhere is no folder"),
  });
});

test("a wrapper that is killed leaves no exit code: the worker is lost, not successful", async () => {
  await using directory = await scratchDirectory();
  await using provider = await openProvider("process", { type: "process" }, adapterContext(directory.path));
  const exits = followExits(provider);
  const worker = workerOf(["sleep", "60"]);
  const { resourceId } = await provider.start(worker, AbortSignal.timeout(5_000));
  process.kill(-Number(resourceId.split(":")[0]), "SIGKILL");
  expect(await exits.of(worker.name)).toMatchObject({ failure: { code: "WORKER_LOST" } });
  await exits.close();
  await provider.remove(worker.name);
  expect(existsSync(`${directory.path}/workers/${worker.name}`)).toBe(false);
});
