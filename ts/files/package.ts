import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TomoeError } from "../errors.ts";

// scripts/support/places.mjs and scripts/tomoe.mjs run before anything is installed and say the same again;
// a test of this file compares them.

/** Folder of this package: the clone, or where npm installed it; holds package.json and py-runtime. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    if (existsSync(join(folder, "package.json")) && existsSync(join(folder, "py-runtime"))) return folder;
    const parent = dirname(folder);
    if (parent === folder)
      throw new TomoeError("ENVIRONMENT", "the package's own folder with py-runtime was not found", {
        hint: "Install it again: npm install tomoe",
      });
    folder = parent;
  }
}

/** Version of the package at `root`. */
export function packageVersion(root: string = packageRoot()): string {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly version: string;
  };
  return version;
}

/** What an installed package may write: `$XDG_CACHE_HOME/tomoe`, or below `~/.cache` where that is unset or empty. */
export function userCache(env: NodeJS.ProcessEnv): string {
  const given = env.XDG_CACHE_HOME;
  return join(given === undefined || given === "" ? join(env.HOME ?? homedir(), ".cache") : given, "tomoe");
}

/**
 * Where `tomoe setup` makes the Python side of an installed package, one for each version. In a clone
 * `npm run setup` makes `.venv` beside `package.json` instead.
 */
export function pythonCacheDir(root: string, env: NodeJS.ProcessEnv): string {
  return join(userCache(env), packageVersion(root), "venv");
}
