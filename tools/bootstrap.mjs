// Makes `npm run demo`, `npm test` and `npm run bench` work on a fresh clone, before any `npm install`: plain JavaScript for Node 20,
// no dependencies. Installs what is missing where that asks no question, says in one line what it cannot.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, openSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const BIN = join(ROOT, "node_modules", ".bin");
const PATH = [BIN, process.env.PATH, "/usr/sbin", "/usr/local/sbin"].join(":");
const say = (line) => process.stdout.write(`${line}\n`);

/** Redis is the store of a peer in the bench, and of nothing else. */
const BENCH_PROGRAMS = [
  { program: "nats-server", packages: ["nats-server"] },
  { program: "redis-server", packages: ["redis-server"] },
];

/** What the tests need of the system: the program, and the package that brings it on Debian and its kin. */
const TEST_PROGRAMS = [
  ...BENCH_PROGRAMS,
  { program: "dockerd", packages: ["docker.io", "iptables"] },
  { program: "docker", packages: ["docker.io"] },
  { program: "ip", packages: ["iproute2"] },
  { program: "busybox", packages: ["busybox-static"] },
  { program: "/usr/lib/postgresql/15/bin/postgres", packages: ["postgresql-15"] },
  { program: "psql", packages: ["postgresql-client"] },
  { program: "prometheus", packages: ["prometheus"] },
  { program: "promtool", packages: ["prometheus"] },
  { program: "curl", packages: ["curl"] },
  { program: "openssl", packages: ["openssl"] },
  { program: "python3", packages: ["python3"] },
  { program: "pip3", packages: ["python3-pip"] },
  { program: "go", packages: ["golang-go"] },
  { program: "/usr/share/gocode/src/github.com/nats-io/nats.go", packages: ["golang-github-nats-io-go-nats-dev"] },
  { program: "docker-compose", packages: ["docker-compose"] },
  { program: "debootstrap", packages: ["debootstrap"] },
  { program: "chromium", packages: ["chromium"] },
  { program: "zsh", packages: ["zsh"] },
  { program: "fish", packages: ["fish"] },
];

const TARGETS = {
  demo: { install: () => undefined, steps: [["node", "demo/src/main.ts"]] },
  bench: { install: () => installPrograms(BENCH_PROGRAMS), steps: [["node", "bench/src/main.ts"]] },
  test: {
    install: () => {
      installPrograms(TEST_PROGRAMS);
      startDocker();
    },
    steps: [
      ["npm", "run", "--silent", "check"],
      ["vitest", "run"],
    ],
  },
};

const [name, ...rest] = process.argv.slice(2);
const target = TARGETS[name];
if (!target) fail(`bootstrap: write one of ${Object.keys(TARGETS).join(", ")}`);
const env = {
  ...process.env,
  PATH,
  npm_config_update_notifier: "false",
  TURBO_TELEMETRY_DISABLED: "1",
  DO_NOT_TRACK: "1",
};
installDependencies();
target.install();
for (const [index, [command, ...args]] of target.steps.entries()) {
  const isLast = index === target.steps.length - 1;
  const { status, signal } = spawnSync(command, isLast ? [...args, ...rest] : args, {
    cwd: ROOT,
    env,
    stdio: "inherit",
  });
  if (status !== 0) {
    // A check that failed is a failure that the closing line has to count; so is a runner that was killed before it could count.
    if (name === "test" && (!isLast || status === null)) say("0 passed, 1 failed");
    process.exit(signal ? 1 : (status ?? 1));
  }
}

/** `npm ci`, when there is no installation or it is older than the lock file. */
function installDependencies() {
  const marker = join(ROOT, "node_modules", ".package-lock.json");
  const lock = join(ROOT, "package-lock.json");
  if (existsSync(marker) && statSync(marker).mtimeMs >= statSync(lock).mtimeMs) return;
  if (existsSync(marker) && sameVersions(marker, lock)) return;
  say("installing npm packages …");
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) fail("npm ci failed; type: npm ci");
}

/** A fresh checkout has new times on old content. What is optional may be left out on this platform. */
function sameVersions(marker, lock) {
  const [installed, wanted] = [marker, lock].map((path) => JSON.parse(readFileSync(path, "utf8")).packages);
  const isModule = ([path]) => path.startsWith("node_modules/") || path.includes("/node_modules/");
  const isWanted = ([path, { version }]) => wanted[path]?.version === version;
  const isInstalled = ([path, { optional, devOptional }]) => optional || devOptional || path in installed;
  return (
    Object.entries(installed).filter(isModule).every(isWanted) &&
    Object.entries(wanted).filter(isModule).every(isInstalled) &&
    existsSync(join(BIN, "vitest"))
  );
}

function installPrograms(programs) {
  const missing = programs.filter(({ program }) => !isThere(program));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.flatMap((each) => each.packages))];
  const byHand = `missing: ${missing.map((each) => each.program).join(", ")}; type: sudo apt-get install ${packages.join(" ")}`;
  const sudo = withoutQuestion();
  if (!sudo || !isThere("apt-get")) fail(byHand);
  say(`installing ${packages.join(", ")} …`);
  const options = { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  const apt = (...args) => {
    const [command, ...before] = [...sudo, "apt-get"];
    return spawnSync(command, [...before, ...args], options);
  };
  apt("update", "-qq");
  const { status, stderr } = apt("install", "-y", "-qq", "--no-install-recommends", ...packages);
  if (status !== 0 || missing.some(({ program }) => !isThere(program))) fail(`${byHand}\n${String(stderr).trim()}`);
}

/** What to put before a command that needs root: nothing as root, `sudo -n` where that asks nothing; `undefined` elsewhere. */
function withoutQuestion() {
  if (process.getuid?.() === 0) return [];
  return isThere("sudo") && spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0
    ? ["sudo", "-n", "DEBIAN_FRONTEND=noninteractive"]
    : undefined;
}

function isThere(program) {
  return program.startsWith("/")
    ? existsSync(program)
    : PATH.split(":").some((folder) => existsSync(join(folder, program)));
}

/** The tests run real containers. An engine that answers is used as it is, else one is started and left running. */
function startDocker() {
  if (dockerAnswers()) return;
  if (process.getuid?.() !== 0) fail("no Docker engine answers; type: sudo systemctl start docker");
  say("starting dockerd …");
  const log = openSync("/tmp/hodei-dockerd.log", "a");
  spawn("dockerd", [], { detached: true, stdio: ["ignore", log, log], env }).unref();
  for (let tries = 0; tries < 60; tries += 1) {
    if (dockerAnswers()) return;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  }
  fail("dockerd does not answer; see /tmp/hodei-dockerd.log");
}

function dockerAnswers() {
  try {
    execFileSync("docker", ["version", "--format", "{{.Server.Version}}"], {
      stdio: "ignore",
      timeout: 5_000,
      env: { ...process.env, PATH },
    });
    return true;
  } catch {
    return false;
  }
}

function fail(line) {
  process.stderr.write(`${line}\n`);
  if (name === "test") say("0 passed, 1 failed");
  process.exit(1);
}
