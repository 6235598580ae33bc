import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** The first time on a machine: Debian, four base images and ours are made. */
const FIRST_TIME_MS = 25 * 60_000;

function run(command: string, args: readonly string[], env: Record<string, string> = {}) {
  const options = { cwd: ROOT, env: { ...process.env, ...env }, timeout: FIRST_TIME_MS, maxBuffer: 64 * 2 ** 20 };
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error ? 1 : 0, stdout, stderr });
    });
  });
}

test.each([
  [[]],
  [["deploy/compose/secure.yml"]],
  [["deploy/compose/docker.yml"]],
  [["deploy/compose/secure.yml", "deploy/compose/docker.yml"]],
])("docker-compose 1.29 takes docker-compose.yml with %j", async (overrides) => {
  const files = ["docker-compose.yml", ...overrides].flatMap((file) => ["-f", file]);
  expect(await run("docker-compose", [...files, "config", "-q"], { HODEI_DOCKER_GID: "999" })).toMatchObject({
    code: 0,
    stderr: "",
  });
});

test("without the group of the Docker socket, the override says how to find it", async () => {
  const files = ["-f", "docker-compose.yml", "-f", "deploy/compose/docker.yml"];
  const refused = await run("docker-compose", [...files, "config", "-q"], { HODEI_DOCKER_GID: "" });
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain("stat -c %g /var/run/docker.sock");
});

test(
  "the compose cluster comes up, runs jobs, is scaled, survives restarts of NATS and PostgreSQL, and goes",
  async () => {
    const smoke = await run("deploy/compose/smoke.sh", [], { HODEI_NODE: process.execPath });
    expect(smoke, smoke.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("all of it worked") });
  },
  FIRST_TIME_MS,
);
