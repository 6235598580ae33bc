import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { hodei, type TestCluster, testCluster } from "@hodei/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

// Each Tab is a command, and a machine may be busy.
vi.setConfig({ testTimeout: 300_000 });

const HODEI = fileURLToPath(new URL("../bin/hodei.js", import.meta.url));
let cluster: TestCluster;

beforeAll(async () => {
  cluster = await testCluster({ services: ["registry"] });
  await cluster.addProvider({ name: "build-host", provider_type: "process" });
  await cluster.addProvider({ name: "it's east", provider_type: "process" });
  const bin = join(cluster.home, "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "hodei"), `#!/bin/sh\nexec '${process.execPath}' '${HODEI}' "$@"\n`);
  chmodSync(join(bin, "hodei"), 0o755);
}, 300_000);
afterAll(() => cluster[Symbol.asyncDispose]());

/** Has a real shell run a script, with `hodei` on its PATH. */
async function shell(program: string, args: string[], script: string): Promise<string> {
  const env = {
    ...process.env,
    HODEI_HOME: cluster.home,
    HODEI_API_URL: cluster.service("registry").url,
    HOME: cluster.home,
    NO_COLOR: "1",
    PATH: `${join(cluster.home, "bin")}:${process.env["PATH"]}`,
  };
  const { stdout } = await promisify(execFile)(program, [...args, "-c", script], { env, cwd: cluster.home });
  return stdout;
}

/** What each shell offers after these words. */
const OFFERS: Readonly<Record<string, (...words: string[]) => Promise<string[]>>> = {
  async bash(...words) {
    const script = `source <(hodei completion bash)
      COMP_WORDS=(hodei ${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length}
      complete -p hodei >/dev/null && _hodei && printf '%s\\n' "\${COMPREPLY[@]}"`;
    return linesOf(await shell("bash", ["--norc"], script));
  },
  async zsh(...words) {
    // The completion system only runs within the line editor: what it would show is taken where it shows it.
    const script = `autoload -Uz compinit && compinit -u
      source <(hodei completion zsh)
      _describe() { print -l -- "\${candidates[@]%%:*}"; }
      _files() { print -l -- *; }
      words=(hodei ${words.map((word) => `'${word}'`).join(" ")}); CURRENT=${words.length + 1}
      [[ \${_comps[hodei]} == _hodei ]] && _hodei`;
    return linesOf(await shell("zsh", ["-f"], script));
  },
  async fish(...words) {
    const line = ["hodei", ...words].join(" ");
    const offered = await shell("fish", ["--no-config"], `hodei completion fish | source; complete -C '${line}'`);
    return linesOf(offered).map((candidate) => candidate.split("\t")[0] ?? "");
  },
};

describe.each(Object.keys(OFFERS))("%s", (name) => {
  const offers = (...words: string[]) => OFFERS[name]?.(...words);

  test("completes commands, options, words of options and names of files", async () => {
    expect(await offers("provi")).toEqual(["providers"]);
    expect(await offers("jobs", "re")).toEqual(["retry"]);
    expect(await offers("jobs", "list", "--s")).toEqual(["--server", "--state"]);
    expect(await offers("jobs", "list", "--state", "p")).toEqual(["pending", "provisioning"]);
    expect(await offers("providers", "add", "-f", "")).toContain(name === "fish" ? "bin/" : "bin");
  });

  test("completes job ids and names of providers, which it asks the server for", async () => {
    const jobId = (await hodei(cluster, "run", "--detach", "--", "true")).stdout.trim();
    expect(await offers("jobs", "get", jobId.slice(0, -4))).toEqual([jobId]);
    expect(await offers("providers", "get", "bu")).toEqual(["build-host"]);
  });
});

test("a name with a quote and a space is one word to bash", async () => {
  expect(await OFFERS["bash"]?.("providers", "get", "it")).toEqual(["it\\'s\\ east"]);
});

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .sort();
}
