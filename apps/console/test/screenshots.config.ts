import { defineConfig } from "vitest/config";

/** Pictures of every page, to be looked at: `npm run screenshots`. */
export default defineConfig({
  root: `${import.meta.dirname}/../../..`,
  test: {
    include: ["apps/console/test/screenshots.ts"],
    globalSetup: ["libs/testing/src/global-setup.ts"],
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
});
