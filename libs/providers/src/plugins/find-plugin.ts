import { existsSync, readFileSync, statSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { PluginReference } from "@hodei/runtime";

/** Where a plug-in's code is. */
export interface PluginPackage {
  /** As its package.json says; the path where there is none. */
  name: string;
  version: string | null;
  /** The file to import. */
  entry: string;
}

/** The folder Hodei itself is installed in: a package installed there is found from everywhere. */
const HODEI = fileURLToPath(new URL("../../", import.meta.url));

/** Finds the package that the settings name. @throws Error that says where was looked and what to write */
export function findPlugin({ name, folder }: PluginReference): PluginPackage {
  if (!name.startsWith(".") && !isAbsolute(name)) return packageAt(dirname(findInstalled(name, folder)));
  const path = resolve(folder, name);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new Error(`${path} does not exist; write the path of a package's folder or of a file`);
  if (found.isDirectory()) return packageAt(path);
  return { name: path, version: null, entry: path };
}

function findInstalled(name: string, folder: string): string {
  for (const place of [folder, HODEI]) {
    try {
      const manifest = findPackageJSON(name, pathToFileURL(join(place, "/")));
      if (manifest) return manifest;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")) throw error;
    }
  }
  throw new Error(
    `is not installed where it is looked for, from ${folder} and from ${HODEI} upwards; type npm install ${name} there, or write the path of its folder, which starts with ./ or /`,
  );
}

function packageAt(folder: string): PluginPackage {
  const file = join(folder, "package.json");
  if (!existsSync(file))
    throw new Error(`${folder} has no package.json; write the path of a package's folder or of a file`);
  const manifest = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  const entry = resolve(folder, entryOf(manifest["exports"]) ?? (textOf(manifest["main"]) || "index.js"));
  if (!existsSync(entry))
    throw new Error(
      `its entry ${entry} does not exist; write "exports": "./index.js" in ${file}, or build the package`,
    );
  return { name: textOf(manifest["name"]) || folder, version: textOf(manifest["version"]) || null, entry };
}

/** What an import of the package's own name leads to; the conditions that Node has for an import, in the order they are written. */
function entryOf(exports: unknown): string | undefined {
  if (typeof exports === "string") return exports;
  if (typeof exports !== "object" || exports === null) return undefined;
  if ("." in exports) return entryOf(exports["."]);
  for (const [condition, target] of Object.entries(exports)) {
    const entry = ["import", "node", "module-sync", "default"].includes(condition) ? entryOf(target) : undefined;
    if (entry !== undefined) return entry;
  }
  return undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
