// Where the parts of an installation lie: in a clone beside package.json, for an installed package in the
// user's cache folder.
// ts/files/package.ts says the same; a test compares the two. Plain JavaScript for Node 20: runs before anything is
// installed.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder that holds package.json, whether a clone or node_modules/tomoe. */
export const packageRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** True when this is node_modules/tomoe of somebody's project rather than a clone. */
export const isInstalledPackage = packageRoot.split(sep).includes("node_modules");

/** The package's version, from package.json. */
export function packageVersion() {
  return JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")).version;
}

/** Folder that setup may write beside the environments: its lock folder and its log. */
export function cacheFolder(env = process.env) {
  if (!isInstalledPackage) return join(packageRoot, ".cache");
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "tomoe", packageVersion());
}

/** Folder of the Python environment. */
export function venvFolder(env = process.env) {
  return isInstalledPackage ? join(cacheFolder(env), "venv") : join(packageRoot, ".venv");
}

/** Interpreter of the Python environment; TOMOE_PYTHON names one of the user's own instead. */
export function venvPython(env = process.env) {
  return env.TOMOE_PYTHON || join(venvFolder(env), "bin", "python");
}

/** Folder of the environment of the sampler of sweeps, which is made when a sweep asks for it. */
export function samplerFolder(env = process.env) {
  return join(cacheFolder(env), "sampler");
}

/** Folder of the environment's packages, or undefined before it is made. */
export function sitePackages(env = process.env) {
  const lib = join(venvFolder(env), "lib");
  if (!existsSync(lib)) return undefined;
  const python = readdirSync(lib).find((name) => name.startsWith("python3"));
  return python === undefined ? undefined : join(lib, python, "site-packages");
}

/**
 * A Node of at least version 24: the one from the lockfile, else the host's when it is new enough, else
 * undefined.
 */
export function modernNode() {
  try {
    const manifest = createRequire(join(packageRoot, "package.json")).resolve(
      `node-${process.platform}-${process.arch}/package.json`,
    );
    const node = join(dirname(manifest), "bin", "node");
    if (existsSync(node)) return node;
  } catch {
    // Not installed: optional, and there is none for every platform.
  }
  return Number(process.versions.node.split(".")[0]) >= 24 ? process.execPath : undefined;
}
