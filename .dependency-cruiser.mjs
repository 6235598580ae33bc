// The arrows of the house: contracts ← pure rules ← adapters ← services (docs/architecture.md).
const TESTS = "(^|/)test/|\\.test\\.ts$|^libs/testing/|^libs/providers/src/conformance/";

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "pure-libs-do-no-io",
      comment: "Hand the data in as an argument, or move the I/O to the adapter that calls the rule.",
      severity: "error",
      from: { path: "^libs/(contracts|placement|lifecycle|diagnostics)/", pathNot: TESTS },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "pure-libs-know-only-pure-libs",
      comment: "A rule knows contracts and other rules. What it needs from elsewhere, its caller passes in.",
      severity: "error",
      from: { path: "^libs/(contracts|placement|lifecycle|diagnostics)/", pathNot: TESTS },
      to: { path: "^libs/", pathNot: "^libs/(contracts|placement|lifecycle|diagnostics)/" },
    },
    {
      name: "contracts-know-nobody",
      comment: "Everybody imports contracts: whatever it imported, everybody would.",
      severity: "error",
      from: { path: "^libs/contracts/" },
      to: { path: "^libs/", pathNot: "^libs/contracts/" },
    },
    {
      name: "services-do-not-know-each-other",
      comment: "Services talk over NATS and share rows. Shared code goes to a lib.",
      severity: "error",
      from: { path: "^services/([^/]+)/" },
      to: { path: "^services/", pathNot: "^services/$1/" },
    },
    {
      name: "nobody-imports-services-or-apps",
      comment: "Start it as a process, or move what is shared to a lib.",
      severity: "error",
      from: { path: "^(libs|services|apps|demo|bench)/([^/]+)/" },
      to: { path: "^(services|apps)/", pathNot: "^$1/$2/" },
    },
    {
      name: "test-kit-stays-in-tests",
      comment: "libs/testing is for tests. What a product needs too belongs to a lib of its own.",
      severity: "error",
      from: { pathNot: TESTS },
      to: { path: "^libs/testing/" },
    },
    {
      name: "no-path-into-a-neighbour",
      comment: "Import the package by its name (@hodei/…): its index.ts is what it offers.",
      severity: "error",
      from: { path: "^(libs|services|apps)/([^/]+)/", pathNot: TESTS },
      to: { path: "^(libs|services|apps)/", pathNot: "^$1/$2/", dependencyTypes: ["local"] },
    },
    {
      name: "no-cycles",
      comment: "Move what both need to a third file.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node"],
      extensions: [".ts", ".js", ".mjs"],
    },
    parser: "swc",
  },
};
