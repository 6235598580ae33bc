import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const BUILD = join(import.meta.dirname, "../build/build.ts");
const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** The machine may be busy with other tests. */
const PATIENCE_MS = 60_000;

/** Chromium with the console as it is built from the sources here. */
export interface Console extends AsyncDisposable {
  /** A page of its own, without the memory of another. What the page complains of is in `complaints`. */
  open(url: string, options?: Parameters<Browser["newContext"]>[0]): Promise<Page>;
  /** Errors of scripts, and what the content security policy refused. */
  readonly complaints: string[];
}

export async function openConsole(): Promise<Console> {
  // As it is for users: the test runner's own setting would build React for development.
  execFileSync(process.execPath, [BUILD], { stdio: "inherit", env: { ...process.env, NODE_ENV: "production" } });
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ARGUMENTS });
  const complaints: string[] = [];
  const contexts: BrowserContext[] = [];
  return {
    complaints,
    async open(url, options) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
      contexts.push(context);
      context.setDefaultTimeout(PATIENCE_MS);
      const page = await context.newPage();
      page.on("pageerror", (error) => void complaints.push(String(error)));
      page.on("console", (message) => {
        if (/Content Security Policy|TrustedHTML|Warning:/i.test(message.text())) complaints.push(message.text());
      });
      await page.goto(url);
      return page;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(contexts.map((context) => context.close()));
      await browser.close();
    },
  };
}
