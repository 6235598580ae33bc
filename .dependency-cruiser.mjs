// Who may import whom. Arrows point inwards: contracts ← pure rules ← adapters ← services (docs/architecture.md).
// Each rule says in its comment what to do instead; test/boundaries.test.ts plants one violation of each and sees it refused.
import swcVisitor from "@swc/core/Visitor.js";

// Beside TypeScript 7 the files are read by swc, whose walker does not know `using` and `await using` (swc 1.16). Remove this when it does.
// oxlint-disable-next-line typescript/no-deprecated -- it is what dependency-cruiser itself walks by
const walker = swcVisitor.Visitor.prototype;
const visitStatement = walker.visitStatement;
walker.visitStatement = function visitStatementOrUsing(statement) {
  if (statement.type !== "UsingDeclaration") return visitStatement.call(this, statement);
  statement.decls = this.visitVariableDeclarators(statement.decls);
  return statement;
};

/** Packages in which nothing reads a clock, a file, the network or chance. */
const PURE = "^libs/(contracts|diagnostics|placement|lifecycle|simulation)/";
/** Tests, and what only tests import. */
const TESTS = ["(^|/)test/", "\\.test\\.ts$", "^libs/testing/", "^libs/providers/src/conformance/"];
const PACKAGE = "(libs|services|apps)/[^/]+|bench|demo|test|tools";

/** Each package's arrows, beside itself. What is not drawn here is not allowed. */
const ARROWS = {
  "libs/contracts": [],
  "libs/diagnostics": ["contracts"],
  "libs/placement": ["contracts"],
  "libs/lifecycle": ["contracts", "diagnostics"],
  "libs/simulation": ["contracts", "diagnostics", "lifecycle", "placement"],
  "libs/telemetry": ["contracts"],
  "libs/runtime": ["contracts", "telemetry"],
  "libs/admission": ["contracts", "placement"],
  "libs/api": [],
  "libs/asyncapi": ["bus", "contracts"],
  "libs/api-server": ["admission", "api", "bus", "contracts", "diagnostics", "placement", "store", "telemetry"],
  "libs/store": ["contracts", "placement", "lifecycle", "telemetry"],
  "libs/bus": ["contracts", "diagnostics", "telemetry"],
  "libs/providers": ["contracts", "diagnostics", "telemetry", "runtime"],
  "libs/local-cluster": ["runtime", "store"],
  "services/registry": [
    "api",
    "api-server",
    "contracts",
    "diagnostics",
    "telemetry",
    "runtime",
    "store",
    "bus",
    "providers",
  ],
  "services/selector": [
    "admission",
    "contracts",
    "diagnostics",
    "telemetry",
    "runtime",
    "store",
    "bus",
    "placement",
    "lifecycle",
  ],
  "services/health": ["contracts", "diagnostics", "telemetry", "runtime", "store", "bus", "providers"],
  "services/provisioner": [
    "contracts",
    "diagnostics",
    "telemetry",
    "runtime",
    "store",
    "bus",
    "providers",
    "lifecycle",
  ],
  "apps/cli": [
    "api",
    "api-server",
    "contracts",
    "diagnostics",
    "telemetry",
    "runtime",
    "simulation",
    "store",
    "bus",
    "placement",
    "local-cluster",
  ],
  "apps/console": ["api"],
  demo: ["contracts", "local-cluster"],
  bench: ["contracts", "local-cluster", "placement", "providers", "simulation", "store", "telemetry"],
};

const arrows = Object.entries(ARROWS).map(([directory, libs]) => ({
  name: `arrows-of-${directory.replace("/", "-")}`,
  comment: `${directory} may know ${libs.join(", ") || "no other package"}. Have the caller pass in what is needed, or move the shared rule inwards; a new arrow is drawn in .dependency-cruiser.mjs, with the reason in its commit.`,
  severity: "error",
  from: { path: `^${directory}/`, pathNot: TESTS },
  to: { path: "^libs/", pathNot: [`^${directory}/`, ...libs.map((lib) => `^libs/${lib}/`), "^libs/testing/"] },
}));

export default {
  forbidden: [
    ...arrows,
    {
      name: "pure-stays-pure",
      comment:
        "This package decides and does nothing else. Have the caller read the file, the clock or the network, and pass in what it found; of npm packages zod is data alone, d3-random draws from the chance it is given, and tinyqueue only keeps an order.",
      severity: "error",
      from: { path: PURE, pathNot: TESTS },
      to: { pathNot: [PURE, "(^|/)node_modules/(zod|d3-random|@types/d3-random|tinyqueue)/"] },
    },
    {
      name: "services-do-not-meet",
      comment:
        "A service runs without the others. Say it as a message (libs/contracts, libs/bus) or a row (libs/store); move a shared rule to a package under libs/.",
      severity: "error",
      from: { path: "^services/([^/]+)/" },
      to: { path: "^(services|apps)/", pathNot: "^services/$1/" },
    },
    {
      name: "apps-do-not-reach-inside",
      comment: "An app uses libs and the public API. Ask the running service, or start it as a process by its path.",
      severity: "error",
      from: { path: "^apps/([^/]+)/" },
      to: { path: "^(services|apps)/", pathNot: "^apps/$1/" },
    },
    {
      name: "nothing-imports-what-runs",
      comment:
        "Services and apps are the outermost ring. Start them as processes by path (libs/local-cluster, libs/testing do), or move what is shared under libs/.",
      severity: "error",
      from: { pathNot: "^(services|apps)/" },
      to: { path: "^(services|apps)/" },
    },
    {
      name: "testing-is-for-tests",
      comment:
        "libs/testing is imported by tests only, and by the process that is a cluster for the bench. What the product needs too belongs to another package under libs/.",
      severity: "error",
      from: { pathNot: [...TESTS, "^bench/src/cluster/kubernetes-server\\.ts$"] },
      to: { path: "^libs/testing/" },
    },
    {
      name: "product-knows-no-test",
      comment:
        "Product code does not know how it is tested: neither the conformance suite nor a test runner. Move what it needs to a file of its own outside of test folders.",
      severity: "error",
      from: { path: "^(libs|services|apps)/", pathNot: TESTS },
      to: {
        path: [
          "^libs/providers/src/conformance/",
          "(^|/)node_modules/(vitest|fast-check)/",
          "(^|/)test/",
          "\\.test\\.ts$",
        ],
      },
    },
    {
      name: "by-name-not-by-path",
      comment:
        "Import a neighbour by its name, @hodei/…, and declare it in package.json; what its index.ts does not export is its own.",
      severity: "error",
      from: { path: `^(${PACKAGE})/` },
      to: {
        path: `^(${PACKAGE})/`,
        pathNot: "^$1/",
        dependencyTypes: ["local"],
        dependencyTypesNot: ["aliased-workspace"],
      },
    },
    {
      name: "no-cycles",
      comment:
        "Two files that need each other are one idea, or hide a third: move what both need into a file of its own.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "found",
      comment:
        "The import leads nowhere. Write the path with its ending, or the package's name and what its package.json exports.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // Reads the source as it is written, so `import type` is an arrow too.
    parser: "swc",
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)test/fixtures/.*\\.json$|^apps/console/(dist|screenshots)/|\\.css$" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".tsx", ".mjs", ".js", ".json", ".d.ts"],
    },
  },
};
