import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { TomoeError } from "../errors.ts";

/**
 * The file that running `command` would execute: itself when it holds a "/", else the first match on the
 * search path.
 *
 * @param command - a path, or a bare name.
 * @param searchPath - folders joined as in PATH.
 * @returns the path, or undefined when there is no such executable file.
 */
export function findCommand(command: string, searchPath: string): string | undefined {
  if (command.includes("/")) return isExecutable(command) ? command : undefined;
  for (const folder of searchPath.split(delimiter)) {
    if (folder === "") continue;
    const path = join(folder, command);
    if (isExecutable(path)) return path;
  }
  return undefined;
}

/**
 * The path of `command`, as `findCommand` sees it.
 *
 * @throws TomoeError `ENVIRONMENT` when there is no such executable.
 */
export function requireCommand(command: string, searchPath: string): string {
  const found = findCommand(command, searchPath);
  if (found !== undefined) return found;
  const where = command.includes("/") ? "is not an executable file" : "is on no folder of PATH";
  throw new TomoeError("ENVIRONMENT", `cannot run ${command}: it ${where}`, {
    hint: `Install ${command}, or give the path of an executable file.`,
    details: { command },
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
