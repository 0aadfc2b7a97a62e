import type { JsonValue } from "../errors.ts";
import { digestJson } from "../schema/digest.ts";
import { type ExperimentConfig, type ExperimentInput, experimentSchema } from "../schema/experiment.ts";
import { crossCheck } from "./cross-check.ts";
import { inheritedKeys } from "./own-keys.ts";
import type { RecipeSource, Written } from "./place.ts";
import { problemsOf, raiseProblems } from "./problems.ts";
import { applyOverrides } from "./set.ts";

/** Who decided a leaf of the configuration. */
export type Origin = "recipe" | "default" | "--set" | "--seed";

/** Defaults filled in, cross-checked, with a digest and the origin of every leaf. */
export interface ResolvedExperiment {
  readonly config: ExperimentConfig;
  /** SHA-256 over RFC 8785 canonical JSON of `config`. */
  readonly digest: string;
  /** Dotted leaf path -> who decided it. */
  readonly origins: Readonly<Record<string, Origin>>;
}

export interface ResolveOptions {
  readonly set?: readonly string[];
  readonly seed?: number;
  readonly source?: RecipeSource;
}

function leaves(value: unknown, prefix: string, into: Map<string, unknown>): void {
  if (typeof value === "object" && value !== null && Object.keys(value).length > 0) {
    for (const [key, entry] of Object.entries(value))
      leaves(entry, prefix === "" ? key : `${prefix}.${key}`, into);
  } else into.set(prefix, value);
}

function originsOf(
  config: ExperimentConfig,
  written: JsonValue,
  setPaths: readonly string[],
  seedGiven: boolean,
): Record<string, Origin> {
  const all = new Map<string, unknown>(),
    given = new Map<string, unknown>();
  leaves(config, "", all);
  leaves(written, "", given);
  return Object.fromEntries(
    [...all.keys()].map((path): [string, Origin] => {
      if (path === "seed" && seedGiven) return [path, "--seed"];
      if (setPaths.some((set) => path === set || path.startsWith(`${set}.`))) return [path, "--set"];
      return [path, given.has(path) ? "recipe" : "default"];
    }),
  );
}

/**
 * Turns what the user wrote into what runs: overrides applied, defaults filled in, every rule checked, frozen
 * by a digest.
 *
 * @param input - plain data of `defineExperiment`.
 * @throws TomoeError `CONFIG_INVALID` or `CONFIG_UNKNOWN_KEY`, listing all problems at once.
 */
export function resolveExperiment(input: ExperimentInput, options: ResolveOptions = {}): ResolvedExperiment {
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
  const foreign = inheritedKeys(written).map((path) => ({ path, message: "unknown key" }));
  if (foreign.length > 0) raiseProblems(foreign, places);
  if (!parsed.success) raiseProblems(problemsOf(parsed.error.issues), places);
  const problems = crossCheck(parsed.data);
  if (problems.length > 0) raiseProblems(problems, places);
  const plain = JSON.parse(JSON.stringify(parsed.data)) as JsonValue;
  return {
    config: parsed.data,
    digest: digestJson(plain, "the resolved experiment"),
    origins: originsOf(parsed.data, recipe, paths, options.seed !== undefined),
  };
}
