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
