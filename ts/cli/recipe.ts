import { existsSync, readdirSync, statSync } from "node:fs";
import { registerHooks } from "node:module";
import { basename, dirname, extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Experiment } from "../config/index.ts";
import { isTomoeError, TomoeError } from "../errors.ts";
import { recipeHostKey } from "../schema/experiment.ts";
import { didYouMean } from "../schema/nearest.ts";

/**
 * What stands under `recipeHostKey` while a recipe is imported. Its promise never settles, so nothing after
 * `await run(...)` in the recipe is executed.
 */
export type RecipeHost = (experiment: Experiment) => Promise<never>;

/**
 * Imports a recipe by Node's own type stripping and returns its experiment: what it gives to `run()`, else
 * its export `experiment`, else its
 * default export. "tomoe" in a recipe is this very package, wherever the recipe lies.
 *
 * @throws TomoeError `PATH_NOT_FOUND` with "did you mean"; `CONFIG_INVALID` for a file that cannot be
 * imported, with file and line, or one
 *   without an experiment; whatever the recipe throws, when that is a TomoeError; the signal's reason when it
 *   is aborted.
 */
export async function loadRecipe(path: string, signal: AbortSignal): Promise<Experiment> {
  const file = resolve(path);
  assertRecipeFile(path, file);
  installResolver();
  const scope = globalThis as unknown as { [recipeHostKey]?: RecipeHost };
  try {
    const given = new Promise<Experiment>((take) => {
      scope[recipeHostKey] = (experiment) => {
        take(experiment);
        return new Promise<never>(() => undefined);
      };
    });
    const stopped = new Promise<never>((_resolve, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
    );
    const imported = import(pathToFileURL(file).href) as Promise<Readonly<Record<string, unknown>>>;
    return await Promise.race([given, imported.then((module) => experimentOf(module, file)), stopped]);
  } catch (cause) {
    throw importFailure(cause, file);
  } finally {
    delete scope[recipeHostKey];
  }
}

function assertRecipeFile(path: string, file: string): void {
  if (!existsSync(file)) {
    const folder = dirname(file);
    const siblings =
      existsSync(folder) && statSync(folder).isDirectory()
        ? readdirSync(folder).filter((name) => /\.[cm]?[jt]s$/.test(name))
        : [];
    throw new TomoeError(
      "PATH_NOT_FOUND",
      `there is no recipe ${path}${didYouMean(basename(file), siblings)}`,
      {
        hint: 'Give the path of a TypeScript file that exports an experiment; "tomoe init" writes one.',
        details: { path: file, siblings: siblings.slice(0, 20) },
      },
    );
  }
  if (!statSync(file).isFile() || !/^\.[cm]?[jt]s$/.test(extname(file))) {
    throw new TomoeError(
      "CONFIG_INVALID",
      `${path} is not a recipe: a TypeScript or JavaScript file is expected`,
      {
        hint: 'Give a .ts file that exports an experiment; "tomoe init" writes one.',
        details: { path: file },
      },
    );
  }
}

let resolverInstalled = false;

function installResolver(): void {
  if (resolverInstalled) return;
  resolverInstalled = true;
  const extension = extname(new URL(import.meta.url).pathname);
  const entries = new Map([
    ["tomoe", new URL(`../index${extension}`, import.meta.url).href],
    ["tomoe/data", new URL(`../data/index${extension}`, import.meta.url).href],
  ]);
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const url = entries.get(specifier);
      return url === undefined ? nextResolve(specifier, context) : { url, shortCircuit: true };
    },
    load(url, context, nextLoad) {
      // A project whose package.json says nothing, or "commonjs", may still have recipes with import and
      // top-level await.
      const isRecipeSource = url.startsWith("file:") && /\.ts$/.test(url) && !url.includes("/node_modules/");
      return nextLoad(url, isRecipeSource ? { ...context, format: "module-typescript" } : context);
    },
  });
}

function experimentOf(module: Readonly<Record<string, unknown>>, file: string): Experiment {
  const found = [module.experiment, module.default].find(
    (value): value is Experiment =>
      typeof value === "object" && value !== null && "kind" in value && value.kind === "experiment",
  );
  if (found !== undefined) return found;
  const names = Object.keys(module);
  throw new TomoeError(
    "CONFIG_INVALID",
    `${file} exports no experiment: ${names.length === 0 ? "it exports nothing" : `it exports ${names.join(", ")}`}`,
    {
      hint: "Write: export const experiment = defineExperiment({ ... });",
      details: { path: file, exports: names },
    },
  );
}

function importFailure(cause: unknown, file: string): unknown {
  if (isTomoeError(cause)) return cause;
  const {
    name = "Error",
    message = String(cause),
    stack = "",
    code,
  } = typeof cause === "object" && cause !== null
    ? (cause as { name?: string; message?: string; stack?: string; code?: unknown })
    : {};
  const place = placeIn(stack, file);
  const hint =
    code === "ERR_MODULE_NOT_FOUND"
      ? 'Check the path or the name that is imported; packages are installed with "npm install NAME".'
      : code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX"
        ? "Node only strips types: write enums, namespaces and parameter properties in another way."
        : 'Correct the recipe: an editor or "npx tsc --noEmit" shows the place.';
  return new TomoeError("CONFIG_INVALID", `${place} cannot be imported: ${name}: ${message.trim()}`, {
    hint,
    details: { path: file, ...(typeof code === "string" ? { code } : {}) },
    cause,
  });
}

/** The file with the line of it that a stack names, when it names one. */
function placeIn(stack: string, file: string): string {
  const escaped = file.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const line = new RegExp(`${escaped}:(\\d+)`).exec(stack)?.[1];
  return line === undefined ? file : `${file}:${line}`;
}
