import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { TomoeError } from "../../errors.ts";
import type { Flags } from "./command.ts";

/** The folder of the runs: `--runs`, or `./runs` of the current project. */
export function runsDirOf(flags: Flags): string {
  return resolve(flags.text("runs") ?? "runs");
}

/**
 * As `runsDirOf`, for commands that read: a folder that the user named must be there. The default one may not
 * be there yet.
 *
 * @throws TomoeError `PATH_NOT_FOUND`.
 */
export function existingRunsDir(flags: Flags): string {
  const folder = runsDirOf(flags);
  if (flags.has("runs") && !(existsSync(folder) && statSync(folder).isDirectory())) {
    throw new TomoeError("PATH_NOT_FOUND", `there is no folder ${folder}`, {
      hint: "Give the folder that holds the runs with --runs DIR.",
      details: { path: folder },
    });
  }
  return folder;
}

/** `--device`, or "auto". */
export function deviceOf(flags: Flags): "auto" | "cpu" | "cuda" {
  const device = flags.text("device");
  return device === "cpu" || device === "cuda" ? device : "auto";
}

/** Null for `--no-cache`: nothing is read from a cache and nothing is put in; undefined where nobody says. */
export function cacheOf(flags: Flags): null | undefined {
  return flags.has("no-cache") ? null : undefined;
}
