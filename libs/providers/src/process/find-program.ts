import { accessSync, constants, statSync } from "node:fs";
import { delimiter, resolve } from "node:path";

/** The file that a program's name means, as execvp(3) looks it up; `undefined` when there is none that can be executed. */
export function findProgram(program: string, searchPath: string, workingDirectory: string): string | undefined {
  if (program.includes("/")) {
    const path = resolve(workingDirectory, program);
    return isExecutable(path) ? path : undefined;
  }
  for (const directory of searchPath.split(delimiter)) {
    // Always a whole path: a relative one would be searched in our own folder, and by the shell among its own words.
    const path = resolve(workingDirectory, directory, program);
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
