import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The arrows of the house (docs/architecture.md): who may know whom. What is not drawn here is not allowed. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  diagnostics: [],
  placement: ["contracts"],
  lifecycle: ["contracts", "diagnostics"],
  telemetry: ["contracts"],
  runtime: ["contracts", "telemetry"],
  store: ["contracts", "placement", "lifecycle", "telemetry"],
  bus: ["contracts", "telemetry"],
  providers: ["contracts", "diagnostics", "telemetry", "runtime"],
  "local-cluster": ["runtime", "store"],
  testing: ["contracts", "telemetry", "store", "bus", "local-cluster"],
  registry: ["contracts", "telemetry", "runtime", "store", "bus", "providers"],
  selector: ["contracts", "diagnostics", "telemetry", "runtime", "store", "bus", "placement", "lifecycle"],
  health: ["contracts", "diagnostics", "telemetry", "runtime", "store", "bus", "providers"],
  provisioner: ["contracts", "diagnostics", "telemetry", "runtime", "store", "bus", "providers", "lifecycle"],
  cli: ["contracts", "diagnostics", "telemetry", "store", "bus", "placement", "local-cluster"],
  demo: ["contracts", "local-cluster"],
  bench: ["contracts", "local-cluster", "placement", "store"],
};
/** Packages in which nothing reads a clock, a file, the network or chance. */
const PURE: readonly string[] = ["contracts", "diagnostics", "placement", "lifecycle"];

interface Manifest {
  name: string;
  directory: string;
  dependencies: readonly string[];
}

function manifests(): Manifest[] {
  return globSync("{libs,services,apps}/*/package.json", { cwd: ROOT })
    .concat(["demo/package.json", "bench/package.json"].filter((path) => existsSync(resolve(ROOT, path))))
    .map((path) => {
      const json = JSON.parse(readFileSync(resolve(ROOT, path), "utf8")) as {
        name: string;
        dependencies?: Record<string, string>;
      };
      const dependencies = Object.keys(json.dependencies ?? {});
      return { name: json.name.replace("@hodei/", ""), directory: dirname(path), dependencies };
    });
}

function sources(directory: string): { path: string; imports: string[] }[] {
  return globSync("src/**/*.ts", { cwd: resolve(ROOT, directory) })
    .filter((path) => !path.endsWith(".test.ts"))
    .map((path) => {
      const text = readFileSync(resolve(ROOT, directory, path), "utf8");
      const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
      return { path: resolve(ROOT, directory, path), imports };
    });
}

test.each(manifests().map((each) => [each.name, each] as const))(
  "%s knows only whom the house lets it know",
  (name, { dependencies }) => {
    const known = dependencies
      .filter((dependency) => dependency.startsWith("@hodei/"))
      .map((each) => each.replace("@hodei/", ""));
    expect(known.filter((each) => !ARROWS[name]?.includes(each))).toEqual([]);
  },
);

test.each(manifests().map((each) => [each.name, each] as const))(
  "%s imports what it declares, and never by a path into a neighbour",
  (name, { directory, dependencies }) => {
    for (const { path, imports } of sources(directory)) {
      for (const specifier of imports) {
        if (specifier.startsWith(".")) {
          const target = relative(resolve(ROOT, directory), resolve(dirname(path), specifier));
          expect(target.startsWith(".."), `${path} imports ${specifier}: import the package by its name`).toBe(false);
        } else if (specifier.startsWith("@hodei/")) {
          const wanted = specifier.split("/").slice(0, 2).join("/");
          expect(dependencies, `${path} imports ${specifier}, which ${name} does not declare`).toContain(wanted);
        }
        const isPure = PURE.includes(name);
        expect(
          isPure && specifier.startsWith("node:"),
          `${path} is pure and imports ${specifier}: have the caller pass in what it needs`,
        ).toBe(false);
      }
    }
  },
);

test("the pure packages depend on nothing but schemas", () => {
  for (const { name, dependencies } of manifests().filter((each) => PURE.includes(each.name))) {
    expect([
      name,
      dependencies.filter((dependency) => !dependency.startsWith("@hodei/") && dependency !== "zod"),
    ]).toEqual([name, []]);
  }
});

test("no file outgrows one idea: 300 lines at the most", () => {
  const long = manifests()
    .flatMap(({ directory }) => sources(directory))
    .map(({ path }) => ({ path: relative(ROOT, path), lines: readFileSync(path, "utf8").split("\n").length }))
    .filter(({ lines }) => lines > 300);
  expect(long).toEqual([]);
});
