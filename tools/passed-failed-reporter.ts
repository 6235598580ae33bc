import type { Reporter, TestModule } from "vitest/node";

/** Ends a run with one line of true counts: `N passed, N failed`. A file that could not even be read counts as failed. */
export default class PassedFailedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let [passed, failed, skipped] = [0, 0, 0];
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") passed += 1;
        else if (state === "failed") failed += 1;
        else skipped += 1;
      }
      if (module.errors().length > 0) failed += 1;
    }
    failed += errors.length;
    process.on("exit", (code) => {
      // What fails only after the tests (a leak that the teardown finds) is a failure too, and no test says so.
      const late = failed === 0 && code !== 0 ? 1 : 0;
      if (skipped > 0) process.stdout.write(`${skipped} skipped\n`);
      process.stdout.write(`${passed} passed, ${failed + late} failed\n`);
    });
  }
}
