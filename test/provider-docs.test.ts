import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CommonConfig, PROVIDER_CONFIGS, PROVIDER_TYPES } from "@hodei/contracts";
import { PLUGIN_API_VERSION } from "@hodei/providers/plugin";
import { expect, test } from "vitest";

const DOCS = fileURLToPath(new URL("../docs/providers/", import.meta.url));
const read = (file: string) => readFileSync(`${DOCS}${file}`, "utf8");

interface Field {
  path: string;
  default: string | number | boolean | undefined;
}

/** A zod schema, as far as it matters here: one that wraps another, or an object. */
interface Schema {
  _zod: { def: object };
}

interface Def {
  in?: Schema;
  innerType?: Schema;
  shape?: Record<string, Schema>;
  defaultValue?: Field["default"];
}

/** Every key a schema knows, with its default; a key that holds keys is named by them. */
function fieldsOf(schema: Schema, path = "", given?: Field["default"]): Field[] {
  const def = schema._zod.def as Def;
  if (def.in) return fieldsOf(def.in, path, given);
  if (def.innerType) return fieldsOf(def.innerType, path, def.defaultValue ?? given);
  if (def.shape)
    return Object.entries(def.shape).flatMap(([key, value]) => fieldsOf(value, path ? `${path}.${key}` : key));
  return [{ path, default: given }];
}

/** Fields that no row of the page names together with their default. */
function missingFrom(page: string, fields: readonly Field[]): string[] {
  const lines = page.split("\n").filter((line) => line.includes("`"));
  return fields
    .filter((field) => {
      const names = [field.path, field.path.split(".").at(-1) ?? "", `.${field.path.split(".").at(-1) ?? ""}`];
      const isDefault = (line: string) => field.default === undefined || line.includes(`\`${field.default}\``);
      return !lines.some((line) => names.some((name) => line.includes(`\`${name}\``)) && isDefault(line));
    })
    .map(({ path }) => path);
}

const COMMON = new Set(Object.keys(CommonConfig.shape).filter((key) => key !== "default_image"));
const ownFields = (type: (typeof PROVIDER_TYPES)[number]) =>
  fieldsOf(PROVIDER_CONFIGS[type]).filter(({ path }) => !COMMON.has(path.split(".")[0] ?? ""));

test("what every configuration may say is in the index, each with its default", () => {
  const common = fieldsOf(CommonConfig).filter(({ path }) => path !== "default_image");
  expect(common.length).toBeGreaterThan(10);
  expect(missingFrom(read("README.md"), common)).toEqual([]);
});

test.each(PROVIDER_TYPES)("every field of a %s configuration is on its page, with its default", (type) => {
  expect(ownFields(type).length).toBeGreaterThan(0);
  expect(missingFrom(read(`${type}.md`), ownFields(type))).toEqual([]);
});

test("the index leads to a page of each type", () => {
  expect(PROVIDER_TYPES.filter((type) => !read("README.md").includes(`[\`${type}\`](${type}.md)`))).toEqual([]);
});

test("a field that is not on its page is found missing", () => {
  const fields = [
    { path: "niceness", default: 10 },
    { path: "tls.ca", default: undefined },
  ];
  expect(missingFrom("| `niceness` | `10` |\n| `tls.ca` | none |", fields)).toEqual([]);
  expect(missingFrom("| `niceness` | `11` |", fields)).toEqual(["niceness", "tls.ca"]);
});

test("the example of a plug-in stands in its page as it is", () => {
  const page = read("writing-a-provider.md");
  for (const file of ["package.json", "index.js"]) {
    const [, shown] = page.split(`<!-- example/${file} -->\n`)[1]?.split(/^```.*$/m) ?? [];
    expect(shown?.trim()).toBe(read(`example/${file}`).trim());
  }
  expect(page).toContain(`| \`apiVersion\` | \`${PLUGIN_API_VERSION}\``);
});
