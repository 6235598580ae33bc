import type { KubeObject } from "./objects.ts";
import { badRequest } from "./status.ts";

/** Reads a label selector: equality, `in`, `notin`, existence. */
export function labelMatcher(selector: string | null): (object: KubeObject) => boolean {
  const terms = (selector ?? "")
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter(Boolean);
  const tests = terms.map(labelTest);
  return ({ metadata }) => tests.every((test) => test(metadata.labels ?? {}));
}

function labelTest(term: string): (labels: Record<string, string>) => boolean {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(term);
  if (set) {
    const [, key = "", operator, list = ""] = set;
    const values = list.split(",").map((value) => value.trim());
    return (labels) => values.includes(labels[key] ?? "\0") === (operator === "in");
  }
  const equality = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/.exec(term);
  if (equality) {
    const [, key = "", operator, value = ""] = equality;
    if (!/^[A-Za-z0-9_.-]{0,63}$/.test(value))
      throw badRequest(`unable to parse requirement: values[0][${key}]: Invalid value: "${value}"`);
    return (labels) => (labels[key] === value) === (operator !== "!=");
  }
  const existence = /^(!?)([\w./-]+)$/.exec(term);
  if (!existence) throw badRequest(`unable to parse requirement: found '${term}'`);
  const [, not, key = ""] = existence;
  return (labels) => key in labels === (not === "");
}

/** Reads a field selector; only `metadata.name` and what events are asked by are fields here. */
export function fieldMatcher(selector: string | null): (object: KubeObject) => boolean {
  const tests = (selector ?? "").split(",").filter(Boolean).map(fieldTest);
  return (object) => tests.every((test) => test(object));
}

function fieldTest(term: string): (object: KubeObject) => boolean {
  const [, path = "", operator, value = ""] = /^([\w.]+)(!=|==|=)(.*)$/.exec(term) ?? [];
  if (!/^(metadata\.name|metadata\.namespace|type|reason|status\.phase|involvedObject\.\w+)$/.test(path))
    throw badRequest(
      `Unable to find "v1, Resource" that match field selector "${term}": field label not supported: ${path}`,
    );
  return (object) => {
    const found = path
      .split(".")
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], object);
    return (found === value) === (operator !== "!=");
  };
}
