import { distance } from "fastest-levenshtein";
import { z } from "zod";
import { TomoeError, type JsonValue } from "../errors.ts";
import { experimentSchema } from "../schema/experiment.ts";

/** One thing wrong with a configuration. */
export interface ConfigProblem {
  /** Dotted path, e.g. `router.topK` or `stages.1.steps`. */
  readonly path: string;
  readonly message: string;
  /** The nearest known key, for an unknown one. */
  readonly didYouMean?: string;
}

/** The text of a recipe file, so that a problem can name its line. */
export interface RecipeSource {
  readonly file: string;
  readonly text: string;
}

function collectKeys(node: unknown, into: Set<string>): void {
  if (typeof node !== "object" || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    if (key === "properties" && typeof value === "object" && value !== null) for (const name of Object.keys(value)) into.add(name);
    collectKeys(value, into);
  }
}

/** Every key an experiment may have, anywhere in it. */
export function knownKeys(): readonly string[] {
  const keys = new Set<string>();
  collectKeys(z.toJSONSchema(experimentSchema, { io: "input", unrepresentable: "any" }), keys);
  return [...keys].sort();
}

/** The known name closest to `word`, or undefined when none is near enough to be a slip of the pen. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known.map((name) => ({ name, edits: distance(word.toLowerCase(), name.toLowerCase()) })).sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best !== undefined && best.edits <= Math.max(2, Math.floor(word.length / 3)) ? best.name : undefined;
}

type Issue = z.core.$ZodIssue;

/** Turns schema issues into problems, one a key; of a union's branches it takes the one that fits best. */
export function problemsOf(issues: readonly Issue[], prefix: readonly PropertyKey[] = []): ConfigProblem[] {
  return issues.flatMap((issue): ConfigProblem[] => {
    const at = [...prefix, ...issue.path].map(String);
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => {
        const guess = nearest(key, knownKeys());
        return { path: [...at, key].join("."), message: "unknown key", ...(guess === undefined ? {} : { didYouMean: guess }) };
      });
    }
    if (issue.code === "invalid_union" && issue.errors.length > 0) {
      const fewest = [...issue.errors].sort((a, b) => a.length - b.length)[0] ?? [];
      return problemsOf(fewest, [...prefix, ...issue.path]);
    }
    return [{ path: at.join("."), message: issue.message }];
  });
}

function lineOf(problem: ConfigProblem, source: RecipeSource): number | undefined {
  const key = problem.path.split(".").filter((part) => !/^\d+$/.test(part)).at(-1);
  if (key === undefined || key === "") return undefined;
  const lines = source.text.split("\n");
  const found = lines.findIndex((line) => new RegExp(`(^|[^\\w"'])["']?${key.replace(/[^\w-]/g, "\\$&")}["']?\\s*:`).test(line));
  return found < 0 ? undefined : found + 1;
}

/**
 * Raises one error that lists every problem, each with its path and, where the recipe's text is known, its line.
 *
 * @throws TomoeError `CONFIG_UNKNOWN_KEY` when all problems are unknown keys, else `CONFIG_INVALID`.
 */
export function raiseProblems(problems: readonly ConfigProblem[], source?: RecipeSource): never {
  const rows = problems.map((problem) => {
    const line = source === undefined ? undefined : lineOf(problem, source);
    const where = source === undefined ? "" : line === undefined ? `${source.file}: ` : `${source.file}:${line}: `;
    const guess = problem.didYouMean === undefined ? "" : `; did you mean "${problem.didYouMean}"?`;
    return { text: `${where}${problem.path === "" ? "experiment" : problem.path}: ${problem.message}${guess}`, line, problem };
  });
  const details: JsonValue = rows.map(({ problem, line }) => ({
    path: problem.path, message: problem.message,
    ...(problem.didYouMean === undefined ? {} : { didYouMean: problem.didYouMean }),
    ...(source === undefined ? {} : { file: source.file }),
    ...(line === undefined ? {} : { line }),
  }));
  const code = problems.every((problem) => problem.message === "unknown key") ? "CONFIG_UNKNOWN_KEY" : "CONFIG_INVALID";
  const what = rows.length === 1 ? `${rows[0]?.text ?? ""}` : `${rows.length} problems in the experiment:\n  ${rows.map((item) => item.text).join("\n  ")}`;
  throw new TomoeError(code, what, { hint: "correct the keys named above; `tomoe run RECIPE --dry-run` checks without training", details: { problems: details } });
}
