import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadSettings } from "./settings.ts";

test("with nothing set, the documented defaults hold", () => {
  expect(loadSettings("registry", {})).toMatchObject({
    databaseUrl: "postgres://hodei@127.0.0.1:5432/hodei",
    natsUrl: "nats://127.0.0.1:4222",
    natsAuth: {},
    logLevel: "info",
    port: 8080,
    httpHost: "127.0.0.1",
    claimSeconds: 15,
    sweepSeconds: 5,
    allowSimulated: false,
    secretsDirectory: null,
    plugins: [],
  });
});

test("HODEI_LOG_LEVEL wins over [logging] level of the file that HODEI_CONFIG names", () => {
  const folder = mkdtempSync(join(tmpdir(), "hodei-settings-"));
  const file = join(folder, "hodei.toml");
  writeFileSync(file, '[logging]\nlevel = "debug"\n\n[other]\nkey = 1\n');
  expect(loadSettings("selector", { HODEI_CONFIG: file }).logLevel).toBe("debug");
  expect(loadSettings("selector", { HODEI_CONFIG: file, HODEI_LOG_LEVEL: "warn" }).logLevel).toBe("warn");
  writeFileSync(file, "[logging\n");
  expect(() => loadSettings("selector", { HODEI_CONFIG: file })).toThrow(/HODEI_CONFIG: .*cannot be read as TOML/);
  rmSync(folder, { recursive: true });
});

test("plug-ins are named by HODEI_PLUGINS, else by the file, whose folder its paths start from", () => {
  const folder = mkdtempSync(join(tmpdir(), "hodei-settings-"));
  const file = join(folder, "hodei.toml");
  writeFileSync(file, '[plugins]\npackages = ["./nomad", "@acme/batch"]\n');
  expect(loadSettings("registry", { HODEI_CONFIG: file }).plugins).toEqual([
    { name: "./nomad", folder },
    { name: "@acme/batch", folder },
  ]);
  expect(loadSettings("registry", { HODEI_CONFIG: file, HODEI_PLUGINS: " ./here , ./here," }).plugins).toEqual([
    { name: "./here", folder: process.cwd() },
  ]);
  writeFileSync(file, '[plugins]\npackages = "./nomad"\npackage = []\n');
  expect(() => loadSettings("registry", { HODEI_CONFIG: file })).toThrow(
    /plugins\.packages: is not a list; write for example .*\n.* plugins\.package: is not a known key; remove it/,
  );
  rmSync(folder, { recursive: true });
});

test("a credential is looked up when it is used, not before", () => {
  const env: Record<string, string> = { HODEI_NATS_USER: "hodei", HODEI_NATS_PASSWORD: "env:NATS_PW" };
  const { natsAuth } = loadSettings("selector", env);
  expect(() => natsAuth.password?.()).toThrow("env:NATS_PW: that environment variable is not set");
  env["NATS_PW"] = "later\n";
  expect(natsAuth.password?.()).toBe("later");
});

test("finished jobs are archived after a day and kept for thirty; the environment wins over [retention] of the file", () => {
  const folder = mkdtempSync(join(tmpdir(), "hodei-settings-"));
  const file = join(folder, "hodei.toml");
  const retentionOf = (env: Record<string, string>) => loadSettings("selector", env).retention;
  expect(retentionOf({})).toEqual({ archiveAfterSeconds: 86_400, keptSeconds: 2_592_000 });
  expect(retentionOf({ HODEI_RETENTION_SECONDS: "0" }).keptSeconds).toBeUndefined();
  writeFileSync(file, "[retention]\narchive_after_seconds = 3600\nseconds = 604800\n");
  expect(retentionOf({ HODEI_CONFIG: file })).toEqual({ archiveAfterSeconds: 3600, keptSeconds: 604_800 });
  expect(retentionOf({ HODEI_CONFIG: file, HODEI_ARCHIVE_AFTER_SECONDS: "7200" }).archiveAfterSeconds).toBe(7200);
  writeFileSync(file, '[retention]\nseconds = "long"\ndays = 3\n');
  expect(() => retentionOf({ HODEI_CONFIG: file })).toThrow(
    /retention\.seconds: is not a number; write one without quotes.*\n.*retention\.days: is not a known key; remove it/,
  );
  writeFileSync(file, "[retention]\narchive_after_seconds = 5\n");
  expect(() => retentionOf({ HODEI_CONFIG: file, HODEI_RETENTION_SECONDS: "3600" })).toThrow(
    /retention\.archive_after_seconds: "5" is not a number from 600 to .*\n.*HODEI_RETENTION_SECONDS: "3600" is not a number from 86400 to 315360000; write one \(or 0, for ever\)/,
  );
  expect(() => retentionOf({ HODEI_ARCHIVE_AFTER_SECONDS: "172800", HODEI_RETENTION_SECONDS: "86400" })).toThrow(
    "HODEI_RETENTION_SECONDS: 86400 is less than HODEI_ARCHIVE_AFTER_SECONDS 172800: jobs would be dropped as they are archived",
  );
  rmSync(folder, { recursive: true });
});
