// Writes deploy/grafana/dashboards/*.json from tools/dashboards; with --check only says whether they are current.
import { readFileSync, writeFileSync } from "node:fs";
import { type Dashboard, renderDashboard } from "./dashboards/dashboard.ts";
import { fleet } from "./dashboards/fleet.ts";
import { jobs } from "./dashboards/jobs.ts";
import { pipeline } from "./dashboards/pipeline.ts";
import { selection } from "./dashboards/selection.ts";

const FOLDER = new URL("../deploy/grafana/dashboards/", import.meta.url);
const DASHBOARDS: Readonly<Record<string, Dashboard>> = { fleet, jobs, selection, pipeline };

for (const [name, dashboard] of Object.entries(DASHBOARDS)) {
  const file = new URL(`${name}.json`, FOLDER);
  const text = `${JSON.stringify(renderDashboard(dashboard), null, 2)}\n`;
  if (!process.argv.includes("--check")) writeFileSync(file, text);
  else if (readFileSync(file, "utf8") !== text) {
    process.stderr.write(
      `deploy/grafana/dashboards/${name}.json is not what tools/dashboards says; mend with: npm run docs\n`,
    );
    process.exitCode = 1;
  }
}
