import { testCluster, waitFor } from "@hodei/testing";
import { expect, test } from "vitest";
import { openConsole } from "./console.ts";

/** Rows that a screen of 900 px holds, with those kept ready above and below. */
const MOST_DRAWN = 80;

test("of ten thousand jobs and a thousand providers only what is in view is drawn, and all of it can be reached", async () => {
  await using cluster = await testCluster({ services: ["registry"] });
  await cluster.database.query(
    `INSERT INTO provider_configs (name, provider_type, config, priority)
     SELECT 'provider-' || lpad(n::text, 4, '0'), 'process', '{"type": "process"}', n % 7 FROM generate_series(1, 1000) n`,
  );
  await cluster.database.query(
    `INSERT INTO jobs (id, spec, body_sha256, state, class_id, submitted_at, finished_at)
     SELECT 'job-' || n, '{"command": ["true"]}', 'x', 'SUCCEEDED', 'c', now() - n * interval '1 second', now() FROM generate_series(1, 10000) n`,
  );
  await using chrome = await openConsole();
  const page = await chrome.open(cluster.service("registry").url);
  await page.getByText("1000 providers", { exact: true }).waitFor();
  expect(await page.getByRole("row").count()).toBeLessThan(MOST_DRAWN);
  await waitFor("the last provider to be reached", async () => {
    // The list may still be coming in when its end is asked for.
    await page.keyboard.press("End");
    return await page.getByRole("row").filter({ hasText: "provider-1000" }).isVisible();
  });

  await page.getByRole("link", { name: "Jobs" }).click();
  await page.getByRole("link", { name: "job-1", exact: true }).waitFor();
  await waitFor("the oldest job to be scrolled to", async () => {
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    return await page.getByRole("link", { name: "job-10000", exact: true }).isVisible();
  });
  expect(await page.getByRole("row").count()).toBeLessThan(MOST_DRAWN);
  await page.getByText("10,000 jobs", { exact: true }).waitFor({ state: "attached" });
  expect(chrome.complaints).toEqual([]);
});
