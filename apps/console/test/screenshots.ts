import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type TestCluster, testCluster, waitFor } from "@hodei/testing";
import { expect, test } from "vitest";
import { openConsole } from "./console.ts";

const FOLDER = join(import.meta.dirname, "../screenshots");
const ASSETS = join(import.meta.dirname, "../dist/assets");

const PAGES = {
  fleet: "/",
  jobs: "/jobs",
  job: "/jobs/nightly-report",
  failed: "/jobs/migrate-users",
  why: "/jobs/train-a100-0",
  waiting: "/waiting",
  try: "/try?provider=gpu-eu&job=train-a100-0",
} as const;

test("pictures of every page, light and dark, wide and narrow", async () => {
  await using cluster = await testCluster();
  await furnish(cluster);
  const { url } = cluster.service("registry");
  await using chrome = await openConsole();
  mkdirSync(FOLDER, { recursive: true });
  for (const colorScheme of ["light", "dark"] as const) {
    for (const [size, width, height] of [
      ["wide", 1280, 900],
      ["narrow", 360, 780],
    ] as const) {
      const page = await chrome.open(url, { colorScheme, viewport: { width, height } });
      for (const [name, path] of Object.entries(PAGES)) {
        await page.goto(`${url}${path}`);
        await page.waitForSelector(".live.good");
        await page.waitForSelector(".rows, .panel, .empty");
        await page.waitForTimeout(name === "fleet" ? 3500 : 900);
        await page.screenshot({
          path: join(FOLDER, `${name}-${colorScheme}-${size}.png`),
          fullPage: !path.endsWith("jobs"),
        });
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(overflow, `${name} ${size} scrolls sideways`).toBeLessThanOrEqual(0);
      }
    }
  }
  const page = await chrome.open(url);
  await page.getByRole("table", { name: "Providers" }).waitFor();
  const load = await page.evaluate(() => {
    const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    const paint = performance.getEntriesByName("first-contentful-paint")[0];
    return { load: navigation?.loadEventEnd, firstPaint: paint?.startTime };
  });
  const sizes = readdirSync(ASSETS).map((name) => {
    const bytes = readFileSync(join(ASSETS, name));
    return `${name} ${bytes.length} bytes, ${gzipSync(bytes).length} gzipped`;
  });
  console.log([...sizes, `load ${load.load?.toFixed(0)} ms, first paint ${load.firstPaint?.toFixed(0)} ms`].join("\n"));
  expect(chrome.complaints).toEqual([]);
});

/** A fleet and jobs of every kind. */
async function furnish(cluster: TestCluster): Promise<void> {
  const simulated = { type: "simulated", run_time_ms: 600_000 };
  await cluster.addProvider({
    name: "build-eu",
    provider_type: "process",
    priority: 10,
    max_workers: 8,
    preferred_region: "eu-west-1",
    required_labels: { environment: "production" },
  });
  await cluster.addProvider({
    name: "build-us",
    provider_type: "process",
    max_workers: 4,
    preferred_region: "us-east-1",
    allowed_regions: ["us-east-1", "us-west-2"],
    required_labels: { environment: "staging" },
  });
  await cluster.addProvider({
    name: "gpu-eu",
    provider_type: "process",
    max_workers: 2,
    preferred_region: "eu-west-1",
    required_labels: { gpu: "A100" },
  });
  await cluster.addProvider({
    name: "docker-old",
    provider_type: "docker",
    config: { type: "docker", socket_path: "/var/run/gone.sock", default_image: "busybox" },
    max_workers: 20,
  });
  await cluster.addProvider({
    name: "mistyped",
    provider_type: "docker",
    config: { type: "docker", sokcet_path: "/x" },
  });
  await cluster.addProvider({
    name: "burst",
    provider_type: "simulated",
    config: simulated,
    max_workers: 12,
    priority: -5,
    required_labels: { burst: "yes" },
  });
  const spare = await cluster.addProvider({
    name: "spare",
    provider_type: "process",
    max_workers: 4,
    required_labels: { gpu: "h100" },
  });
  await cluster.database.query("UPDATE provider_configs SET status = 'DISABLED' WHERE id = $1", [spare]);
  await cluster.submit(
    {
      job_id: "nightly-report",
      name: "Nightly report",
      command: [
        "sh",
        "-c",
        "for i in $(seq 1 40); do echo \"row $i of 40 written\"; done; echo 'slow disk' >&2; echo done",
      ],
      required_labels: { environment: "production" },
      preferred_region: "eu-west-1",
      resources: { cpu: "100m", memory: "64Mi" },
    },
    {
      job_id: "migrate-users",
      name: "Users to the new schema",
      command: ["sh", "-c", "echo connecting; echo 'relation \"users\" does not exist' >&2; exit 3"],
      retry: { max_attempts: 2, backoff_seconds: 0 },
    },
    ...Array.from({ length: 3 }, (_, i) => ({
      job_id: `train-a100-${i}`,
      name: "Train",
      command: ["true"],
      required_labels: { gpu: "a100" },
    })),
    { job_id: "render-h100", name: "Render", command: ["true"], required_labels: { gpu: "h100" } },
    {
      job_id: "load-eu",
      command: ["true"],
      preferred_region: "eu-west-1",
      required_annotations: { team: "data" },
      allowed_regions: ["eu-west-1"],
    },
    ...Array.from({ length: 9 }, (_, i) => ({
      job_id: `crawl-${i}`,
      command: ["true"],
      required_labels: { burst: "yes" },
    })),
    ...Array.from({ length: 30 }, (_, i) => ({
      job_id: `import-${i}`,
      name: `Import of part ${i}`,
      command: ["echo", `part ${i}`],
    })),
  );
  await cluster.reaches("nightly-report", "SUCCEEDED");
  await waitFor(
    "migrate-users to fail",
    async () =>
      (await cluster.database.query("SELECT 1 FROM jobs WHERE id = 'migrate-users' AND state = 'FAILED'")).length > 0,
  );
  await waitFor(
    "docker-old to be found out",
    async () =>
      (
        await cluster.database.query(
          "SELECT 1 FROM provider_configs WHERE name = 'docker-old' AND status = 'UNHEALTHY'",
        )
      ).length > 0,
  );
}
