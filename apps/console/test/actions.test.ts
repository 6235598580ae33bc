import { type TestCluster, testCluster } from "@hodei/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Console, openConsole } from "./console.ts";

let cluster: TestCluster;
let chrome: Console;
let url: string;
beforeAll(async () => {
  cluster = await testCluster();
  url = cluster.service("registry").url;
  await cluster.addProvider({ name: "here", provider_type: "process" });
  chrome = await openConsole();
});
afterAll(async () => {
  await chrome?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

test("a job is cancelled from its page, after a question, and run again under a new id", async () => {
  await cluster.submit({ job_id: "long", command: ["sleep", "1000"] });
  await cluster.reaches("long", "RUNNING");
  const page = await chrome.open(`${url}/jobs/long`);
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Cancel this job?" });
  await dialog.getByText("Its worker on here is stopped.").waitFor();
  await dialog.getByRole("button", { name: "Leave it" }).click();
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await dialog.getByRole("button", { name: "Cancel the job" }).click();
  await page.getByText("long is being cancelled.").waitFor();
  await cluster.reaches("long", "CANCELLED");
  await page.getByText(/^ended, /).waitFor();
  await page.getByRole("button", { name: "Run again" }).click();
  await page.getByText(/^Submitted again as /).waitFor();
  await page.waitForURL((address) => address.pathname !== "/jobs/long");
  const again = new URL(page.url()).pathname.replace("/jobs/", "");
  await cluster.reaches(again, "RUNNING");
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await dialog.getByRole("button", { name: "Cancel the job" }).click();
  await cluster.reaches(again, "CANCELLED");
});

test("the fleet shows how many jobs went through a provider in the last minute, and what a check tried, step by step", async () => {
  await cluster.submit({ job_id: "counted", command: ["true"] });
  await cluster.reaches("counted", "SUCCEEDED");
  const page = await chrome.open(url);
  const row = page.getByRole("row").filter({ hasText: "here" });
  await row.getByText(/[1-9]\d* started/).waitFor();
  await row.getByText(/[1-9]\d* finished/).waitFor();
  await cluster.addProvider({
    name: "broken",
    provider_type: "docker",
    config: { type: "docker", socket_path: "/nowhere/docker.sock" },
  });
  await page.getByRole("button", { name: "Check broken" }).click();
  const steps = page.getByRole("list", { name: "What was tried" }).getByRole("listitem");
  await steps.first().waitFor();
  expect(await steps.allInnerTexts()).toEqual(expect.arrayContaining([expect.stringContaining("✕")]));
});

test("jobs of one class are filtered by the address, and new ones of it appear by themselves", async () => {
  await cluster.submit(
    { job_id: "red-1", command: ["true"], required_labels: { colour: "red" } },
    { job_id: "blue-1", command: ["true"], required_labels: { colour: "blue" } },
  );
  await cluster.reaches("red-1", "PENDING");
  const [red] = await cluster.database.query<{ class_id: string }>("SELECT class_id FROM jobs WHERE id = 'red-1'");
  const page = await chrome.open(`${url}/jobs?class=${red?.class_id}`);
  await page.getByText("1 job", { exact: true }).waitFor();
  await cluster.submit({ job_id: "blue-2", command: ["true"], required_labels: { colour: "blue" } });
  await cluster.submit({ job_id: "red-2", command: ["true"], required_labels: { colour: "red" } });
  await page.getByText("2 jobs", { exact: true }).waitFor();
  await page.getByRole("row").filter({ hasText: "red-2" }).waitFor();
  expect(await page.getByRole("row").filter({ hasText: "blue" }).count()).toBe(0);
  await page.getByRole("button", { name: "One class of requirements ×" }).click();
  await page.getByRole("row").filter({ hasText: "blue-2" }).waitFor();
});

test("colours follow the system until somebody chooses, and the choice is kept", async () => {
  const page = await chrome.open(url, { colorScheme: "light" });
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const choice = page.getByRole("combobox", { name: "Colours" });
  const light = await background();
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await background();
  expect(dark).not.toBe(light);
  await choice.selectOption("light");
  expect(await background()).toBe(light);
  await page.emulateMedia({ colorScheme: "light" });
  await choice.selectOption("dark");
  expect(await background()).toBe(dark);
  await page.reload();
  await choice.waitFor();
  expect([await background(), await choice.inputValue()]).toEqual([dark, "dark"]);
});

test("a browser that loses its network says so, and goes on when it is back", async () => {
  const page = await chrome.open(`${url}/jobs`);
  await page.getByText("Live", { exact: true }).waitFor();
  await page.context().setOffline(true);
  await page.getByText("Disconnected.").waitFor();
  await cluster.submit({ job_id: "while-offline", command: ["true"] });
  await cluster.reaches("while-offline", "SUCCEEDED");
  await page.context().setOffline(false);
  await page.getByRole("row").filter({ hasText: "while-offline" }).getByText("Succeeded").waitFor();
  await page.getByText("Live", { exact: true }).waitFor();
  expect(chrome.complaints).toEqual([]);
});
