import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "../decisions");

/** Each decision by its own heading, `5. TypeScript run as it is`. */
export function decisionPages(): { text: string; link: string }[] {
  return globSync("[0-9]*.md", { cwd: FOLDER })
    .sort()
    .map((file) => {
      const [heading = file] = readFileSync(join(FOLDER, file), "utf8").split("\n");
      return { text: heading.replace(/^#\s*/, ""), link: `/docs/decisions/${file.replace(/\.md$/, "")}` };
    });
}
