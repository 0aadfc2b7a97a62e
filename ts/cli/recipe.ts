import { existsSync, readdirSync, statSync } from "node:fs";
import { registerHooks } from "node:module";
import { basename, dirname, extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Evaluation, Experiment, Sweep } from "../config/index.ts";
import { isTomoeError, TomoeError } from "../errors.ts";
import type { ScriptHost } from "../run/index.ts";
import { recipeHostKey } from "../schema/experiment.ts";
import { didYouMean } from "../schema/nearest.ts";

/** What a file exports. */
export type RecipeModule = Readonly<Record<string, unknown>>;

/** True for the name of a script or recipe. */
export const isRecipePath = (path: string): boolean => /\.[cm]?[jt]s$/.test(path);

/**
 * Imports a recipe by Node's own type stripping and returns its experiment: what it gives to `run()`, else
 * its export `experiment`, else its default export. Nothing is run: after `await run(...)` the recipe goes no
 * further. "tomoe" in a recipe is this very package, wherever the recipe lies.
 *
 * @throws TomoeError `PATH_NOT_FOUND` with "did you mean"; `CONFIG_INVALID` for a file that cannot be
 * imported, with file and line, or one
 *   without an experiment; whatever the recipe throws, when that is a TomoeError; the signal's reason when it
 *   is aborted.
 */
export async function loadRecipe(path: string, signal: AbortSignal): Promise<Experiment> {
  return await loadOf(path, signal, experimentOf);
}

/**
 * As `loadRecipe`, of a file that may export an evaluation (`defineEval`) in place of an experiment.
 *
 * @throws as `loadRecipe`.
 */
export async function loadAsked(path: string, signal: AbortSignal): Promise<Experiment | Evaluation> {
  return await loadOf<Experiment | Evaluation>(path, signal, (module, file) => {
    const all = [module.default, ...Object.values(module)];
    return all.find(isEvaluation) ?? experimentOf(module, file);
  });
}

const isEvaluation = (value: unknown): value is Evaluation =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "evaluation";

async function loadOf<T>(
  path: string,
  signal: AbortSignal,
  pick: (module: RecipeModule, file: string) => Experiment | T,
): Promise<Experiment | T> {
  const given = Promise.withResolvers<Experiment>();
  const host: ScriptHost = {
    run: async (experiment) => {
      given.resolve(experiment);
      return await new Promise<never>(() => undefined);
    },
    sweep: () => Promise.reject(sweepsHere(path)),
  };
  const file = resolve(path);
  const imported = importUnder(host, path).then((module) => pick(module, file));
  return await Promise.race([given.promise, imported, rejectedBy(signal)]).finally(leaveHost);
}

/**
 * Imports a file and lets it do what it does: every `run()` and `sweep()` in it is carried out by the host, one
 * after the other or as it asks for them, also those that it does not wait for.
 *
 * @returns what it exports, once all that it asked for has come to its end.
 * @throws as `loadRecipe`; what a run ended with, where the file does not catch it.
 */
export async function runScript(path: string, signal: AbortSignal, host: ScriptHost): Promise<RecipeModule> {
  const pending = new Set<Promise<unknown>>();
  const counted = <A extends readonly unknown[], R>(work: (...given: A) => Promise<R>) => {
    return (...given: A): Promise<R> => {
      const promise = work(...given);
      pending.add(promise);
      void promise.catch(() => undefined).finally(() => pending.delete(promise));
      return promise;
    };
  };
  const settled = async (): Promise<void> => {
    while (pending.size > 0) await Promise.all(pending);
  };
  const whole = importUnder({ run: counted(host.run), sweep: counted(host.sweep) }, path).then(
    async (module) => {
      await settled();
      return module;
    },
  );
  // A run that was told to stop writes its checkpoint first, and says how it is resumed.
  const stopped = rejectedBy(signal).catch(async (reason: unknown) => {
    await Promise.allSettled(pending);
    await new Promise((turn) => setImmediate(turn));
    throw reason;
  });
  return await Promise.race([whole, stopped]).finally(leaveHost);
}

/** Rejects with the signal's reason once it is aborted. */
function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
  });
}

interface HostScope {
  [recipeHostKey]?: ScriptHost;
}

async function importUnder(host: ScriptHost, path: string): Promise<RecipeModule> {
  const file = resolve(path);
  assertRecipeFile(path, file);
  installResolver();
  (globalThis as HostScope)[recipeHostKey] = host;
  try {
    return (await import(pathToFileURL(file).href)) as RecipeModule;
  } catch (cause) {
    throw importFailure(cause, file);
  }
}

function leaveHost(): void {
  delete (globalThis as HostScope)[recipeHostKey];
}

function sweepsHere(path: string): TomoeError {
  return new TomoeError("CONFIG_INVALID", `${path} carries out a sweep, and one experiment was asked for`, {
    hint: "Run it whole with: tomoe run FILE.ts",
  });
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

const isSweep = (value: unknown): value is Sweep =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "sweep";

/**
 * The sweep that a file exports: its default, else the only one.
 *
 * @throws TomoeError `CONFIG_INVALID` for none, and for several without a default.
 */
export function sweepOf(module: RecipeModule, file: string): Sweep {
  if (isSweep(module.default)) return module.default;
  const names = Object.keys(module).filter((name) => isSweep(module[name]));
  const only = module[names[0] ?? ""];
  if (names.length === 1 && isSweep(only)) return only;
  throw new TomoeError(
    "CONFIG_INVALID",
    names.length > 1
      ? `${file} exports ${names.length} sweeps, ${names.join(", ")}`
      : `${file} exports no sweep`,
    {
      hint:
        names.length > 1
          ? "Export one of them as the default, or carry them out in the file: await sweep(NAME)."
          : "Write: export default defineSweep(experiment, { ... });",
      details: { path: file, exports: Object.keys(module) },
    },
  );
}

const isExperiment = (value: unknown): value is Experiment =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "experiment";

/**
 * The experiment that a file exports: `experiment`, else its default, else the only one.
 *
 * @throws TomoeError `CONFIG_INVALID` for none, and for several of other names.
 */
export function experimentOf(module: RecipeModule, file: string): Experiment {
  const found = [module.experiment, module.default].find(isExperiment);
  if (found !== undefined) return found;
  const names = Object.keys(module);
  const others = names.filter((name) => isExperiment(module[name]));
  const only = module[others[0] ?? ""];
  if (others.length === 1 && isExperiment(only)) return only;
  const what =
    others.length > 1
      ? `${file} exports ${others.length} experiments, ${others.join(", ")}, and calls none of them "experiment"`
      : `${file} exports no experiment: ${names.length === 0 ? "it exports nothing" : `it exports ${names.join(", ")}`}`;
  throw new TomoeError("CONFIG_INVALID", what, {
    hint:
      others.length > 1
        ? 'Call one of them "experiment", or run them in the file: await run(NAME).'
        : "Write: export const experiment = defineExperiment({ ... });",
    details: { path: file, exports: names },
  });
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
