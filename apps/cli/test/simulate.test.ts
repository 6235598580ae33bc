import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { scratchDirectory } from "@hodei/testing";
import { expect, test } from "vitest";

const HODEI = fileURLToPath(new URL("../bin/hodei.js", import.meta.url));
const EXAMPLES = fileURLToPath(new URL("../../../examples/simulations", import.meta.url));

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

function simulate(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: "1" };
    const options = { env, timeout: 110_000, maxBuffer: 64 * 2 ** 20 };
    execFile(process.execPath, [HODEI, "simulate", ...args], options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error ? 1 : 0, stdout, stderr });
    });
  });
}

test("simulate tells how a fleet would have done, and draws it", async () => {
  await using directory = await scratchDirectory();
  const svg = join(directory.path, "release.svg");
  const file = join(EXAMPLES, "release.yaml");
  const forPeople = await simulate(file, "--svg", svg);
  expect(forPeople).toMatchObject({ code: 0, stderr: "" });
  expect(forPeople.stdout).toMatch(/^20,000 jobs on 44 providers: /);
  expect(forPeople.stdout).toContain("eu-central-1");
  const drawn = readFileSync(svg, "utf8");
  expect(drawn).toMatch(/^<svg .*<\/svg>$/s);
  for (const title of ["jobs waiting", "workers", "slots taken"]) expect(drawn).toContain(title);
  const forPrograms = await simulate(file, "--json", "--seed", "4");
  const report = JSON.parse(forPrograms.stdout) as { attempts: number };
  expect(report).toMatchObject({ jobs: { submitted: 20_000 }, outages: 20 });
  // Another seed, other chances.
  expect(forPeople.stdout).not.toContain(`${report.attempts.toLocaleString("en")} attempts`);
});

test("simulate replays jobs that really came, from CSV or from lines of JSON", async () => {
  const fromCsv = await simulate(join(EXAMPLES, "replay.yaml"), "--json");
  expect(JSON.parse(fromCsv.stdout)).toMatchObject({
    jobs: { submitted: 10, succeeded: 8, failed: 2, never_placed: 0 },
    by_priority: [{ priority: 100 }, { priority: 10 }, { priority: 0 }],
  });
  await using directory = await scratchDirectory();
  const file = join(directory.path, "lines.yaml");
  writeFileSync(file, "fleet: [{ name: one, max_workers: 1 }]\ntrace: lines.jsonl\n");
  const jobs = [
    { submitted_at: 100, duration: "1m" },
    { submitted_at: 130, duration: 60, priority: 5 },
  ];
  writeFileSync(join(directory.path, "lines.jsonl"), jobs.map((job) => JSON.stringify(job)).join("\n"));
  const fromLines = await simulate(file, "--json");
  expect(JSON.parse(fromLines.stdout)).toMatchObject({
    jobs: { succeeded: 2 },
    time: { last_end_seconds: 120 },
    by_priority: [
      { priority: 5, waits: { max: 30 } },
      { priority: 0, waits: { max: 0 } },
    ],
  });
});

test("a file that cannot be simulated is told apart by what is wrong with it", async () => {
  await using directory = await scratchDirectory();
  const write = (name: string, text: string) => {
    writeFileSync(join(directory.path, name), text);
    return join(directory.path, name);
  };
  write("x.csv", "submitted_at,duration\n1,long\n");
  const [missing, broken, wrong, row, seed] = await Promise.all([
    simulate(join(directory.path, "none.yaml")),
    simulate(write("broken.yaml", "fleet: [\n")),
    simulate(write("wrong.yaml", "fleet: [{ name: a, max_workers: many }]\ntrace: x.csv\n")),
    simulate(write("row.yaml", "fleet: [{ name: a }]\ntrace: x.csv\n")),
    simulate(join(EXAMPLES, "replay.yaml"), "--seed", "many"),
  ]);
  expect(missing).toMatchObject({ code: 1, stdout: "" });
  expect(missing.stderr).toContain("cannot be read");
  expect(broken.stderr).toMatch(/line 2/);
  expect(wrong.stderr).toContain(
    'fleet[0].max_workers: "many" is not a number of slots; write one, or {min: 5, max: 20}',
  );
  expect(row.stderr).toContain('row 1: duration: "long" is not a length of time');
  expect(seed).toMatchObject({ code: 2 });
});
