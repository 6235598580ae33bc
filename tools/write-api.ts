// Writes the pages of docs/api from the proto files and from what a running cluster answered; with --check only says whether they are current.
import { readFileSync, writeFileSync } from "node:fs";
import { pageOf } from "./api-pages/message-table.ts";
import { readServices } from "./api-pages/read-services.ts";
import { type Example, servicePage } from "./api-pages/service-page.ts";

const FOLDER = new URL("../docs/api/", import.meta.url);
const examples = JSON.parse(readFileSync(new URL("examples.json", FOLDER), "utf8")) as Example[];

for (const file of readServices()) {
  for (const service of file.services) {
    const page = new URL(pageOf(file.name), FOLDER);
    const text = servicePage(file, service, examples);
    if (!process.argv.includes("--check")) writeFileSync(page, text);
    else if (readFileSync(page, "utf8") !== text) {
      process.stderr.write(`docs/api/${pageOf(file.name)} is not what proto/ says; mend with: npm run docs\n`);
      process.exitCode = 1;
    }
  }
}
