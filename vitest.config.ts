import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "libs/**/*.test.ts",
      "services/**/*.test.ts",
      "apps/**/*.test.ts",
      "test/**/*.test.ts",
      "bench/**/*.test.ts",
    ],
    globalSetup: ["libs/testing/src/global-setup.ts"],
    reporters: ["default", "./tools/passed-failed-reporter.ts"],
    // Tests start real servers; more at once than this only makes all of them wait for the two cores.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
