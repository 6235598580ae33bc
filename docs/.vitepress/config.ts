import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitepress";
import { decisionPages } from "./decision-pages.ts";

const page = (text: string, link: string) => ({ text, link });
const group = (text: string, items: { text: string; link: string }[], collapsed = false) => ({
  text,
  items,
  collapsed,
});

/** Pages that are one wide table: the outline at its side makes room. */
const WIDE = ["docs/failures.md", "docs/operations/metrics.md", "docs/operations/alerts.md"];

/** The site is the repository's own pages: a link that works there works here, and one that leads nowhere ends the build. */
export default defineConfig({
  title: "Hodei",
  description: "Places jobs on the compute you have, starts their workers, and can always say why",
  srcDir: "..",
  srcExclude: ["**/test/**", "apps/**", "deploy/**", "proto/**"],
  rewrites: { "docs/index.md": "index.md" },
  cleanUrls: false,
  lastUpdated: false,
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      page("Quick start", "/docs/quick-start"),
      page("Concepts", "/docs/concepts/placement"),
      page("API", "/docs/api/README"),
      page("Providers", "/docs/providers/README"),
      page("Operations", "/docs/operations/README"),
    ],
    sidebar: [
      group("Begin", [
        page("Quick start", "/docs/quick-start"),
        page("Console", "/docs/console"),
        page("Clients in three languages", "/examples/clients/README"),
      ]),
      group("Concepts", [
        page("Placement", "/docs/concepts/placement"),
        page("States", "/docs/concepts/states"),
        page("Explaining", "/docs/concepts/explain"),
        page("Failures", "/docs/failures"),
        page("Logs", "/docs/logs"),
        page("Simulation", "/docs/simulation"),
        page("Architecture", "/docs/architecture"),
      ]),
      group("Reference", [
        page("Command line", "/docs/cli"),
        page("API", "/docs/api/README"),
        page("Jobs", "/docs/api/jobs"),
        page("Providers", "/docs/api/providers"),
        page("Tokens", "/docs/api/tokens"),
        page("Access", "/docs/api/access"),
        page("Messages on NATS", "/docs/messages"),
        page("Metrics", "/docs/operations/metrics"),
      ]),
      group("Providers", [
        page("Every provider", "/docs/providers/README"),
        page("docker", "/docs/providers/docker"),
        page("kubernetes", "/docs/providers/kubernetes"),
        page("lambda", "/docs/providers/lambda"),
        page("process", "/docs/providers/process"),
        page("simulated", "/docs/providers/simulated"),
        page("Writing one", "/docs/providers/writing-a-provider"),
      ]),
      group("Operations", [
        page("First", "/docs/operations/README"),
        page("Deploying", "/docs/operations/deploy"),
        page("Troubleshooting", "/docs/operations/troubleshooting"),
        page("Emergencies", "/docs/operations/emergency"),
        page("How long jobs are kept", "/docs/operations/retention"),
        page("Commands of others", "/docs/operations/commands"),
        page("Alerts", "/docs/operations/alerts"),
        page("Traces", "/docs/operations/tracing"),
      ]),
      group("Project", [
        page("Changes", "/CHANGELOG"),
        page("Contributing", "/CONTRIBUTING"),
        page("What it costs", "/bench/RESULTS"),
      ]),
      group("Decisions", [page("What a decision is", "/docs/decisions/README"), ...decisionPages()], true),
    ],
  },
  transformPageData(pageData) {
    if (WIDE.includes(pageData.relativePath)) pageData.frontmatter["aside"] = false;
  },
  head: [["link", { rel: "icon", href: "/favicon.svg" }]],
  buildEnd({ outDir, srcDir }) {
    copyFileSync(join(srcDir, "apps/console/public/favicon.svg"), join(outDir, "favicon.svg"));
    // Programs read it where the page of the messages links to it.
    copyFileSync(join(srcDir, "docs/asyncapi.json"), join(outDir, "docs/asyncapi.json"));
  },
});
