import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findFreePort } from "@hodei/local-cluster";
import { endWithParent } from "./end-with-parent.ts";
import { scratchDirectory } from "./scratch-directory.ts";
import { waitFor } from "./wait-for.ts";

/** One series that a query answered with, at this moment. */
export interface PrometheusSample {
  metric: Record<string, string>;
  value: number;
}

/** A real Prometheus of this test's own. */
export interface TestPrometheus extends AsyncDisposable {
  /** @throws with Prometheus' own words when the query is wrong */
  query(expr: string): Promise<PrometheusSample[]>;
  /** Every alert rule with how its last evaluation went. */
  rules(): Promise<{ name: string; health: string; state: string; lastError?: string }[]>;
}

export interface PrometheusTarget {
  job: string;
  /** Where its /metrics is: `http://127.0.0.1:8080`. */
  url: string;
}

/** Scrapes twice a second, so that a rate is there after a second. `ruleFiles` are paths or globs. */
export async function testPrometheus(
  targets: readonly PrometheusTarget[],
  ruleFiles: readonly string[] = [],
): Promise<TestPrometheus> {
  const directory = await scratchDirectory();
  const port = await findFreePort(29_090 + (process.pid % 900));
  const config = {
    global: { scrape_interval: "500ms", scrape_timeout: "500ms", evaluation_interval: "500ms" },
    rule_files: ruleFiles,
    scrape_configs: targets.map(({ job, url }, i) => ({
      // Two targets of one job are two blocks, which need names of their own.
      job_name: `${job}-${i}`,
      static_configs: [{ targets: [new URL(url).host], labels: { job } }],
    })),
  };
  const configFile = join(directory.path, "prometheus.yml");
  // JSON is YAML.
  await writeFile(configFile, JSON.stringify(config));
  const storage = join(directory.path, "data");
  await mkdir(storage);
  const child = spawn(
    "prometheus",
    [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${storage}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=warn",
    ],
    { stdio: "ignore" },
  );
  const failed = new Promise<never>((_, reject) => {
    child.once("error", (cause) =>
      reject(new Error("the tests need Prometheus: apt-get install prometheus", { cause })),
    );
  });
  child.once("exit", endWithParent(child.pid ?? 0, { folders: [directory.path] }));

  async function get<T>(path: string): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`);
    const body = (await response.json()) as { status: string; error?: string; data: T };
    if (body.status !== "success") throw new Error(`${path}: ${body.error}`);
    return body.data;
  }

  const prometheus: TestPrometheus = {
    async query(expr) {
      const { result } = await get<{ result: { metric: Record<string, string>; value: [number, string] }[] }>(
        `query?query=${encodeURIComponent(expr)}`,
      );
      return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    async rules() {
      const { groups } = await get<{ groups: { rules: Awaited<ReturnType<TestPrometheus["rules"]>> }[] }>("rules");
      return groups.flatMap((group) => group.rules);
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        await ended;
      }
      await directory[Symbol.asyncDispose]();
    },
  };
  try {
    await Promise.race([
      failed,
      waitFor(
        "Prometheus to scrape every target",
        async () => (await prometheus.query("up == 1")).length === targets.length,
      ),
    ]);
    return prometheus;
  } catch (error) {
    await prometheus[Symbol.asyncDispose]();
    throw error;
  }
}
