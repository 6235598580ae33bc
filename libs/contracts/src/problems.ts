import type { z } from "zod";

/** One thing wrong with an input, by path: `resources.memory` and a sentence that says what to write instead. */
export interface Problem {
  path: string;
  message: string;
}

/** `resources.memory: "4GB" is not a quantity; write 4G or 4Gi` */
export function formatProblem(problem: Problem): string {
  return problem.path ? `${problem.path}: ${problem.message}` : problem.message;
}

/** Every issue zod found, flattened to paths; unknown keys become one problem each. */
export function problemsOf(error: z.ZodError): Problem[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        path: joinPath([...issue.path, key]),
        message: "is not a known key; remove it",
      }));
    }
    return [{ path: joinPath(issue.path), message: issue.message }];
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
