import { writeFile } from "node:fs/promises";
import { scratchDirectory, type TestCluster, testCluster, waitFor } from "@hodei/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { axeIsContent } from "./axe-is-content.ts";
import { type Console, openConsole } from "./console.ts";

let cluster: TestCluster;
let chrome: Console;
let url: string;
beforeAll(async () => {
  cluster = await testCluster();
  url = cluster.service("registry").url;
  await cluster.addProvider({ name: "here", provider_type: "process", required_labels: { environment: "staging" } });
  chrome = await openConsole();
});
afterAll(async () => {
  await chrome?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

test("a job published to NATS appears by itself, and its page tells why it went where it went", async () => {
  const page = await chrome.open(`${url}/jobs`);
  await page.getByText("No job yet").waitFor();
  await cluster.submit({ job_id: "first", name: "The first", command: ["sh", "-c", "echo hello"] });
  const row = page.getByRole("row").filter({ hasText: "first" });
  await row.getByText("Succeeded").waitFor();
  await row.getByRole("link", { name: "first" }).click();
  await page.getByRole("heading", { name: "Why here?" }).waitFor();
  await page.getByText("It went to here.").waitFor();
  await page.getByText("hello", { exact: true }).waitFor();
  expect(page.url()).toBe(`${url}/jobs/first`);
  await axeIsContent(page);
});

test("a job that waits says which provider was refused by which rule, with both sides, and runs when that provider is enabled in the page", async () => {
  const spare = await cluster.addProvider({
    name: "spare",
    provider_type: "process",
    required_labels: { gpu: "h100" },
  });
  await cluster.database.query("UPDATE provider_configs SET status = 'DISABLED' WHERE id = $1", [spare]);
  await cluster.submit({ job_id: "needs-h100", command: ["true"], required_labels: { gpu: "h100" } });
  const page = await chrome.open(`${url}/jobs/needs-h100`);
  await page.getByRole("heading", { name: "Why is it waiting?" }).waitFor();
  const matrix = page.getByRole("table", { name: "Providers and rules" });
  await matrix
    .getByRole("row")
    .filter({ hasText: "spare" })
    .getByText("E1 status: wants ACTIVE, has DISABLED")
    .waitFor();
  await matrix.getByRole("row").filter({ hasText: "here" }).getByText('E6 gpu: wants "h100", has nothing').waitFor();
  await page.getByRole("link", { name: /^Waiting/ }).click();
  const card = page.getByRole("article", { name: "Jobs like needs-h100" });
  await card.getByRole("button", { name: "Enable spare" }).waitFor();
  await axeIsContent(page);
  await card.getByRole("button", { name: "Enable spare" }).click();
  await page.getByText("No job waits").waitFor();
  await cluster.reaches("needs-h100", "SUCCEEDED");
});

test("taking a provider out asks first and says which waiting jobs it would strand; a no leaves it as it is", async () => {
  const page = await chrome.open(url);
  await page.getByRole("button", { name: "Disable here" }).waitFor();
  await axeIsContent(page);
  await page.getByRole("button", { name: "Disable here" }).click();
  const dialog = page.getByRole("dialog", { name: "Disable here?" });
  await dialog.getByText(/No job waits|waiting job/).waitFor();
  await axeIsContent(page);
  await dialog.getByRole("button", { name: "Leave it" }).click();
  await page.getByRole("button", { name: "Drain here" }).click();
  await page.getByRole("button", { name: "Drain here", exact: true }).last().click();
  await page.getByText("here is empty and in maintenance.").waitFor();
  await page.getByRole("row").filter({ hasText: "here" }).getByText("Maintenance").waitFor();
  await page.getByRole("button", { name: "Enable here" }).click();
  await page.getByRole("row").filter({ hasText: "here" }).getByText("Active").waitFor();
});

test("the log is followed while the job runs, and says when it has ended", async () => {
  await using gate = await openGate();
  await cluster.submit({
    job_id: "talks",
    command: ["sh", "-c", `echo one; until [ -e ${gate.path} ]; do sleep 0.1; done; echo two >&2`],
  });
  await cluster.reaches("talks", "RUNNING");
  const page = await chrome.open(`${url}/jobs/talks`);
  const log = page.getByRole("region", { name: "Lines of the log" });
  await log.getByText("one", { exact: true }).waitFor();
  await gate.open();
  await log.getByText("two", { exact: true }).waitFor();
  await page.getByText("ended, 2 lines").waitFor();
});

test("who comes through a proxy is asked for a token, which this tab keeps; what its role may not do is refused in words", async () => {
  const answer = await fetch(`${url}/hodei.v1.TokenService/CreateToken`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "somebody", role: "ROLE_VIEWER" }),
  });
  const { secret } = (await answer.json()) as { secret: string };
  const page = await chrome.open(url, { extraHTTPHeaders: { "x-forwarded-for": "10.1.2.3" } });
  const dialog = page.getByRole("dialog", { name: "Who are you?" });
  await dialog.getByLabel("Token").fill("hodei_wrong");
  await axeIsContent(page);
  await dialog.getByRole("button", { name: "Use this token" }).click();
  await dialog.getByLabel("Token").fill(secret);
  await dialog.getByRole("button", { name: "Use this token" }).click();
  await page.getByText("Live", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Check here" }).click();
  await page.getByText(/here was not checked: .*(role|operator)/i).waitFor();
  await page.reload();
  await page.getByRole("row").filter({ hasText: "here" }).waitFor();
  expect(await page.evaluate(() => JSON.stringify([localStorage, document.cookie]))).not.toContain("hodei_");
});

test("filters are the address: what is set by hand is in the URL, and a URL opens with its filters", async () => {
  await cluster.submit({ job_id: "fails-here", command: ["false"] });
  await waitFor(
    "fails-here to fail",
    async () =>
      (await cluster.database.query("SELECT 1 FROM jobs WHERE id = 'fails-here' AND state = 'FAILED'")).length > 0,
  );
  const page = await chrome.open(`${url}/jobs`);
  await page.getByRole("button", { name: "Failed" }).click();
  await page.getByRole("searchbox", { name: /id or name/ }).fill("fails");
  await page.waitForURL(/state=failed&q=fails/);
  const again = await chrome.open(page.url());
  await again.getByRole("row").filter({ hasText: "fails-here" }).waitFor();
  await again.getByText("1 job", { exact: true }).waitFor();
  expect(await again.getByRole("button", { name: "Failed" }).getAttribute("aria-pressed")).toBe("true");
});

test("names, errors and logs that look like markup are shown as they were written", async () => {
  const markup = "<script>document.title = 'taken'</script><img src=x onerror=alert(1)>";
  await cluster.addProvider({ name: markup, provider_type: "process", priority: -9 });
  await cluster.submit({
    job_id: "hostile",
    name: markup,
    command: ["sh", "-c", 'echo "$0"', markup],
    required_labels: { [markup]: "x" },
  });
  await cluster.submit({ job_id: "hostile-log", name: markup, command: ["sh", "-c", 'echo "$0"', markup] });
  await cluster.reaches("hostile-log", "SUCCEEDED");
  const page = await chrome.open(url);
  await page.getByRole("row").filter({ hasText: markup }).waitFor();
  await page.goto(`${url}/jobs/hostile-log`);
  await page.getByRole("region", { name: "Lines of the log" }).getByText(markup).waitFor();
  await page.goto(`${url}/jobs/hostile`);
  await page.getByRole("table", { name: "Providers and rules" }).getByText(`E6 ${markup}`).first().waitFor();
  expect(await page.locator("script:not([src]), img").count()).toBe(0);
  expect(await page.title()).toBe("hostile · Hodei");
});

test("a placement is tried as it is typed: the job's problems by field, and what a change would free; nothing is written", async () => {
  await cluster.submit({ job_id: "needs-moon", command: ["true"], required_labels: { where: "moon" } });
  await cluster.reaches("needs-moon", "PENDING");
  const page = await chrome.open(`${url}/try?job=needs-moon&provider=here`);
  await page.getByText("No provider fits.").waitFor();
  const job = page.getByRole("textbox", { name: "A job" });
  const spec = await job.inputValue();
  await job.fill('{"command": ["true"], "resources": {"memory": "4GB"}}');
  await page.getByText('"4GB" is not a quantity; write 4G or 4Gi').waitFor();
  await job.fill(spec);
  const provider = page.getByRole("textbox", { name: "A provider" });
  await provider.fill((await provider.inputValue()).replace('"environment": "staging"', '"where": "moon"'));
  await page.getByText("It would go to here.").waitFor();
  await page.getByText("Freed:").waitFor();
  await axeIsContent(page);
  const [row] = await cluster.database.query<{ required_labels: unknown }>(
    "SELECT required_labels FROM provider_configs WHERE name = 'here'",
  );
  expect(row?.required_labels).toEqual({ environment: "staging" });
});

test("a lost connection is told, and regained by itself with what happened meanwhile", async () => {
  const page = await chrome.open(`${url}/jobs`);
  await page.getByText("Live", { exact: true }).waitFor();
  await cluster.service("registry").kill("SIGTERM");
  await page.getByText("Disconnected.").waitFor();
  await axeIsContent(page);
  await cluster.submit({ job_id: "meanwhile", command: ["true"] });
  await cluster.reaches("meanwhile", "SUCCEEDED");
  await cluster.start("registry", { HODEI_REGISTRY_PORT: new URL(url).port });
  await page.getByRole("row").filter({ hasText: "meanwhile" }).getByText("Succeeded").waitFor();
  await page.getByText("Live", { exact: true }).waitFor();
  expect(chrome.complaints).toEqual([]);
});

/** A file that a job waits for. */
async function openGate() {
  const directory = await scratchDirectory();
  const path = `${directory.path}/open`;
  return { path, open: () => writeFile(path, ""), [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() };
}
