import axe from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";

/** No violation of the accessibility rules, in light and in dark. */
export async function axeIsContent(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe.source);
    const { violations, passed } = await page.evaluate(async () => {
      const { axe: runner } = globalThis as unknown as { axe: typeof axe };
      const result = await runner.run(document);
      return {
        violations: result.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`),
        passed: result.passes.map(({ id }) => id),
      };
    });
    expect(violations, colorScheme).toEqual([]);
    // It looked at something.
    expect(passed).toContain("color-contrast");
  }
}
