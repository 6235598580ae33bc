/** One thing wrong with an input, by path: `resources.memory` and a sentence that says what to write instead. */
export interface Problem {
  path: string;
  message: string;
}

/** `resources.memory: "4GB" is not a quantity; write 4G or 4Gi` */
export function formatProblem(problem: Problem): string {
  return problem.path ? `${problem.path}: ${problem.message}` : problem.message;
}

/** An issue as zod has it, and as every library does that keeps to Standard Schema (https://standardschema.dev). */
interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  /** zod's own; with `keys` it names keys that are not known. */
  readonly code?: string | undefined;
  readonly keys?: readonly string[] | undefined;
}

/** Every issue a schema found, flattened to paths; unknown keys become one problem each. */
export function problemsOf({ issues }: { readonly issues: readonly Issue[] }): Problem[] {
  return issues.flatMap((issue) => {
    const path = (issue.path ?? []).map((part) => (typeof part === "object" ? part.key : part));
    if (issue.code === "unrecognized_keys" && issue.keys) {
      return issue.keys.map((key) => ({ path: joinPath([...path, key]), message: "is not a known key; remove it" }));
    }
    return [{ path: joinPath(path), message: issue.message }];
  });
}

function joinPath(path: readonly PropertyKey[]): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += text ? `.${String(part)}` : String(part);
  }
  return text;
}
