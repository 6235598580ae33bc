// Writes docs/asyncapi.json and docs/messages.md from libs/asyncapi and the schemas of libs/contracts; with --check only says whether they are current.
import { readFileSync, writeFileSync } from "node:fs";
import { DOCUMENT, MESSAGES_PAGE } from "@hodei/asyncapi";

const PAGES = { "asyncapi.json": `${JSON.stringify(DOCUMENT, null, 2)}\n`, "messages.md": MESSAGES_PAGE };

for (const [name, text] of Object.entries(PAGES)) {
  const file = new URL(`../docs/${name}`, import.meta.url);
  if (!process.argv.includes("--check")) writeFileSync(file, text);
  else if (readFileSync(file, "utf8") !== text) {
    process.stderr.write(`docs/${name} is not what libs/asyncapi and libs/contracts say; mend with: npm run docs\n`);
    process.exitCode = 1;
  }
}
