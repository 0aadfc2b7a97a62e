/** The files of the repository as its rules see them: what git tracks, and what it would if it were added. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the repository. */
export const repoRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

let known: readonly string[] | undefined;

/** Paths of all files, from the root, sorted; ignored and deleted ones left out. */
export function repoFiles(): readonly string[] {
  known ??= execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: repoRoot,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  })
    .split("\0")
    .filter((path) => path !== "" && existsSync(join(repoRoot, path)))
    .sort();
  return known;
}

/** Text of one file of the repository. */
export function repoText(path: string): string {
  return readFileSync(join(repoRoot, path), "utf8");
}

/** Hand-written TypeScript below ts/. */
export function tsSources(): readonly string[] {
  return repoFiles().filter(
    (path) => path.startsWith("ts/") && path.endsWith(".ts") && !/^ts\/(?:.+\/)?gen\//.test(path),
  );
}

/** Hand-written Python of the worker. */
export function pythonSources(): readonly string[] {
  return repoFiles().filter(
    (path) => path.startsWith("py-runtime/") && path.endsWith(".py") && !path.includes("/gen/"),
  );
}

/** What a rule found, one a line, so that an empty list reads well in a failure. */
export function listed(problems: readonly string[]): string {
  return problems.join("\n");
}
