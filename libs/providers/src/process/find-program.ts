import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";

/** The file that a program's name means, as execvp(3) looks it up; `undefined` when there is none that can be executed. */
export function findProgram(program: string, searchPath: string, workingDirectory: string): string | undefined {
  if (program.includes("/")) {
    const path = isAbsolute(program) ? program : resolve(workingDirectory, program);
    return isExecutable(path) ? path : undefined;
  }
  for (const directory of searchPath.split(delimiter)) {
    const path = join(directory || workingDirectory, program);
    if (isExecutable(path)) return path;
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there or not allowed: that is the answer.
    return false;
  }
}
