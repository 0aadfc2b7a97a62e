import type { JsonValue } from "../errors.ts";
import type { BaseFacts } from "../schema/base-facts.ts";
import { digestJson } from "../schema/digest.ts";
import { type ExperimentConfig, type ExperimentInput, experimentSchema } from "../schema/experiment.ts";
import type { Precision } from "../schema/model.ts";
import type { BaseToOpen, RunStart } from "./bases/base.ts";
import { baseOf } from "./bases/index.ts";
import { crossCheck } from "./cross-check.ts";
import { leavesOf } from "./leaves.ts";
import { inheritedKeys } from "./own-keys.ts";
import type { RecipeSource, Written } from "./place.ts";
import { problemsOf, raiseProblems } from "./problems.ts";
import { applyOverrides } from "./set.ts";

/**
 * Who decided a leaf of the configuration; "base": it was read from the base's files or the run, "device": the
 * device was asked.
 */
export type Origin = "recipe" | "default" | "--set" | "--seed" | "base" | "device";

/** Where what was found out about the base stands. */
const pinnedPath = "model.base.facts";

/** Defaults filled in, cross-checked, with a digest and the origin of every leaf. */
export interface ResolvedExperiment {
  readonly config: ExperimentConfig;
  /** SHA-256 over RFC 8785 canonical JSON of `config`. */
  readonly digest: string;
  /** Dotted leaf path -> who decided it; what was found out about the base is one leaf. */
  readonly origins: Readonly<Record<string, Origin>>;
}

export interface ResolveOptions {
  readonly set?: readonly string[];
  readonly seed?: number;
  readonly source?: RecipeSource;
  /** What the base was found to be, where `baseToOpen` names one. */
  readonly opened?: BaseFacts | RunStart;
  /** What the device allows, where `leavesPrecision` says that the recipe leaves it to that. */
  readonly precision?: Precision;
}

function originsOf(
  config: ExperimentConfig,
  written: JsonValue,
  setPaths: readonly string[],
  seedGiven: boolean,
): Record<string, Origin> {
  const all = leavesOf(config, pinnedPath),
    given = leavesOf(written, pinnedPath);
  return Object.fromEntries(
    [...all.keys()].map((path): [string, Origin] => {
      if (path === pinnedPath) return [path, "base"];
      if (path === "seed" && seedGiven) return [path, "--seed"];
      if (setPaths.some((set) => path === set || path.startsWith(`${set}.`))) return [path, "--set"];
      return [path, given.has(path) ? "recipe" : "default"];
    }),
  );
}

/** What was written, with overrides, key by key as the schema wants it; nothing of it is cross-checked. */
interface ReadExperiment {
  readonly config: ExperimentConfig;
  readonly recipe: JsonValue;
  readonly places: Written;
}

function readExperiment(input: ExperimentInput, options: ResolveOptions): ReadExperiment {
  const recipe = JSON.parse(JSON.stringify(input)) as JsonValue;
  // Onto the filled-in defaults, so that one half of a pair can be set alone; onto the bare recipe where an
  // override is what makes it valid.
  const filled = experimentSchema.safeParse(recipe);
  const { value: overridden, paths } = applyOverrides(
    filled.success ? (JSON.parse(JSON.stringify(filled.data)) as JsonValue) : recipe,
    options.set ?? [],
  );
  const written =
    options.seed === undefined || typeof overridden !== "object" || overridden === null
      ? overridden
      : { ...overridden, seed: options.seed };
  const parsed = experimentSchema.safeParse(written);
  const places: Written = {
    value: written,
    setPaths: options.seed === undefined ? paths : [...paths, "seed"],
    ...(options.source === undefined ? {} : { source: options.source }),
  };
  // The schema's library passes them by.
  const foreign = [...inheritedKeys(written), ...pinnedKeys(written)];
  if (foreign.length > 0)
    raiseProblems(
      foreign.map((path) => ({ path, message: "unknown key" })),
      places,
    );
  if (!parsed.success) raiseProblems(problemsOf(parsed.error.issues), places);
  return { config: parsed.data, recipe, places };
}

/** What only opening a base may fill in, and somebody wrote. */
function pinnedKeys(written: JsonValue): readonly string[] {
  const base = partOf(partOf(written, "model"), "base");
  return partOf(base, "facts") === undefined ? [] : [pinnedPath];
}

function partOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as { readonly [key: string]: unknown })[key]
    : undefined;
}

/**
 * What has to be opened before an experiment resolves: published files, or a run; undefined where the recipe says
 * all of its base.
 *
 * @throws TomoeError as `resolveExperiment`, for what a key alone shows.
 */
export function baseToOpen(input: ExperimentInput, options: ResolveOptions = {}): BaseToOpen | undefined {
  return baseOf(readExperiment(input, options).config).toOpen;
}

/**
 * Turns what the user wrote into what runs: overrides applied, defaults filled in, every rule checked, frozen
 * by a digest.
 *
 * @param input - plain data of `defineExperiment`.
 * @throws TomoeError `CONFIG_INVALID` or `CONFIG_UNKNOWN_KEY`, listing all problems at once.
 */
export function resolveExperiment(input: ExperimentInput, options: ResolveOptions = {}): ResolvedExperiment {
  const { config: read, recipe, places } = readExperiment(input, options);
  const config = withPrecision(withFacts(read, options.opened), options.precision);
  const problems = crossCheck(config);
  if (problems.length > 0) raiseProblems(problems, places);
  const plain = JSON.parse(JSON.stringify(config)) as JsonValue;
  return {
    config,
    digest: digestJson(plain, "the resolved experiment"),
    origins: {
      ...originsOf(config, recipe, places.setPaths, options.seed !== undefined),
      ...(config.execution.precision === read.execution.precision ? {} : { "execution.precision": "device" }),
    },
  };
}

/**
 * Whether an experiment leaves to the device what it computes in, so that it has to be asked before it resolves.
 *
 * @throws TomoeError as `resolveExperiment`, for what a key alone shows.
 */
export function leavesPrecision(input: ExperimentInput, options: ResolveOptions = {}): boolean {
  return readExperiment(input, options).config.execution.precision === "auto";
}

function withPrecision(config: ExperimentConfig, precision: Precision | undefined): ExperimentConfig {
  if (precision === undefined || config.execution.precision !== "auto") return config;
  return { ...config, execution: { ...config.execution, precision } };
}

function withFacts(config: ExperimentConfig, opened: ResolveOptions["opened"]): ExperimentConfig {
  if (opened === undefined) return config;
  // Each base takes the facts of its own kind, which is what it was opened by.
  const base = { ...config.model.base, facts: opened } as ExperimentConfig["model"]["base"];
  return { ...config, model: { ...config.model, base } };
}
