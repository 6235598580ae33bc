import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { scratchDirectory } from "@hodei/testing";
import { expect, test } from "vitest";
import { type AdapterRegistry, loadAdapters } from "../src/index.ts";
import { adapterContext } from "./adapter-context.ts";

const context = adapterContext("/nonexistent");
const type = (more: string) =>
  `{ type: "park", traits: { runsImages: true, needsImage: false, takesPayload: false, isPerMachine: false }, config: hodei.z.strictObject({}), open: () => ({}), ${more} }`;
const exporting = (...types: string[]) =>
  `export const apiVersion = 1; export default (hodei) => ({ types: [${types.join(", ")}] });`;

/** Loads files as plug-ins; each is written beside the others. */
async function load(files: Record<string, string>, names = Object.keys(files)): Promise<AdapterRegistry> {
  await using directory = await scratchDirectory();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(directory.path, path, ".."), { recursive: true });
    await writeFile(join(directory.path, path), text);
  }
  const references = names.map((name) => ({ name, folder: directory.path }));
  return await loadAdapters(references, context.logger);
}

test.each([
  ["a path that is not there", {}, "./none", "does not exist; write the path of a package's folder or of a file"],
  ["a package that is not installed", {}, "@acme/hodei-none", "type npm install @acme/hodei-none there"],
  ["a folder without a package.json", { "x/index.js": "" }, "./x", "has no package.json"],
  [
    "an entry that is not built",
    { "x/package.json": '{"main":"dist/x.js"}' },
    "./x",
    'write "exports": "./index.js" in',
  ],
  ["code that throws", { "./x.mjs": 'throw new Error("no license")' }, "./x.mjs", "no license"],
  ["no version", { "./x.mjs": "export default () => ({})" }, "./x.mjs", "write export const apiVersion = 1"],
  [
    "another version",
    { "./x.mjs": "export const apiVersion = 2" },
    "./x.mjs",
    "is for version 2 of the plug-in API and this Hodei has version 1",
  ],
  ["no function", { "./x.mjs": "export const apiVersion = 1" }, "./x.mjs", "write export default (hodei) => ({ types:"],
  [
    "no types",
    { "./x.mjs": exporting() },
    "./x.mjs",
    "types: is empty; write the provider types that the plug-in adds",
  ],
  [
    "a name that SQL refuses",
    { "./x.mjs": exporting(type('type: "Park"')) },
    "./x.mjs",
    'types[0].type: "Park" is no name of a type; write lower-case letters',
  ],
  [
    "a trait left out",
    { "./x.mjs": exporting(type("traits: { runsImages: true }")) },
    "./x.mjs",
    "types[0].traits.needsImage: is neither true nor false",
  ],
  [
    "a key too many",
    { "./x.mjs": exporting(type("close: 1")) },
    "./x.mjs",
    "types[0].close: is not a known key; remove it",
  ],
  [
    "no schema",
    { "./x.mjs": exporting(type("config: { parse() {} }")) },
    "./x.mjs",
    "types[0].config: is no Standard Schema; write for example",
  ],
  [
    "a built-in name",
    { "./x.mjs": exporting(type('type: "docker"')) },
    "./x.mjs",
    'adds the type "docker", which Hodei itself has already; remove one of the two',
  ],
] as const)("a plug-in with %s is refused, with what to write", async (_, files, name, message) => {
  await expect(load(files, [name])).rejects.toThrow(`plug-in ${name}: `);
  await expect(load(files, [name])).rejects.toThrow(message);
});

test("what is wrong with several plug-ins is said at once, and so is a type that two of them add", async () => {
  const files = {
    "./a.mjs": exporting(type("")),
    "./b.mjs": exporting(type("")),
    "./c.mjs": "",
    "./d.mjs": "throw new Error('closed')",
  };
  await expect(load(files)).rejects.toThrow(/The plug-ins cannot be used:(\n {2}plug-in .*){3}/);
  await expect(load(files)).rejects.toThrow('plug-in ./b.mjs: adds the type "park", which ');
});

test("a plug-in may be written in TypeScript, and a package says its entry in any of the usual ways", async () => {
  const text = exporting(type('type: "ts" as string')).replace("(hodei)", "(hodei: any)");
  const manifests: Record<string, string> = {
    "./exports": '{"name":"a","version":"1.2.3","exports":"./e.ts"}',
    "./nested": '{"exports":{".":{"types":"./no.d.ts","import":{"default":"./e.ts"}}}}',
    "./main": '{"main":"e.ts"}',
  };
  for (const [folder, manifest] of Object.entries(manifests)) {
    const { types } = await load({ [`${folder}/e.ts`]: text, [`${folder}/package.json`]: manifest }, [folder]);
    expect(types.map((each) => each.type)).toEqual(["docker", "kubernetes", "lambda", "process", "simulated", "ts"]);
    expect(types.at(-1)?.version).toBe(folder === "./exports" ? "1.2.3" : null);
  }
});

test("a configuration is judged by the common schema and the type's own, whichever library wrote it, every problem by path", async () => {
  const own = `config: { "~standard": { version: 1, vendor: "own", validate: (value) => value.lane === undefined
    ? { issues: [{ message: "is missing; write a lane", path: [{ key: "lane" }] }] }
    : value.lane === "x" ? { value } : Promise.reject(new Error("lane closed")) } }`;
  const zod = 'type: "zoned", config: hodei.z.strictObject({ zone: hodei.fields.Text(9, 1) })';
  const adapters = await load({ "./x.mjs": exporting(type(own), type(zod)) });
  const judge = async (name: string, config: unknown) =>
    (await adapters.judge(name, config)).map(({ path, message }) => `${path}: ${message}`);
  expect(await judge("park", { type: "park", lane: "x", default_image: "alpine", start_concurrency: 4 })).toEqual([]);
  expect(await judge("park", { type: "park", start_concurrency: 0 })).toEqual([
    "start_concurrency: 0 is not a whole number from 1 to 1024; write one",
    "lane: is missing; write a lane",
  ]);
  expect(await judge("park", { type: "park", lane: "y" })).toEqual([expect.stringContaining("lane closed")]);
  expect(await judge("zoned", { type: "zoned", zone: "", lane: "x" })).toEqual(
    expect.arrayContaining([
      "zone: is empty; write a value or leave the key out",
      "lane: is not a known key; remove it",
    ]),
  );
  expect(await judge("zoned", { type: "park" })).toEqual(['type: "park" does not match provider_type; write "zoned"']);
  expect(await judge("zone", { type: "zone" })).toEqual([
    expect.stringMatching(/"zone" is not a provider type; write one of .*simulated, park, zoned, or name the package/),
  ]);
  await expect(adapters.open("zoned", { type: "zoned" }, context)).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringContaining("zone: "),
  });
});

test("a type that runs no images has no default_image", async () => {
  const traits = "traits: { runsImages: false, needsImage: false, takesPayload: true, isPerMachine: false }";
  const adapters = await load({ "./x.mjs": exporting(type(traits)) });
  expect(await adapters.judge("park", { type: "park", default_image: "alpine" })).toEqual([
    { path: "default_image", message: "is not a known key; remove it" },
  ]);
});
