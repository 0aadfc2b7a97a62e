import type { z } from "zod";
import { type JsonValue, TomoeError } from "../errors.ts";
import { nearest } from "../schema/nearest.ts";
import { experimentOptions } from "../schema/options/index.ts";
import type { Row, Rows } from "../schema/options/row.ts";
import { placeOf, type Written } from "./place.ts";

/** One thing wrong with a configuration. */
export interface ConfigProblem {
  /** Dotted path, e.g. `router.topK` or `stages.1.steps`. */
  readonly path: string;
  readonly message: string;
  /** The nearest known key, for an unknown one. */
  readonly didYouMean?: string;
}

function keysOf(row: Row): readonly string[] {
  switch (row.kind) {
    case "group":
      return namesIn(row.options);
    case "one-of":
    case "either":
      return row.of.flatMap(keysOf);
    case "list":
    case "triple":
      return keysOf(row.of);
    case "map":
      return "fits" in row.keys ? [] : row.keys;
    default:
      return [];
  }
}

const namesIn = (options: Rows): readonly string[] =>
  Object.entries(options).flatMap(([name, row]) => [name, ...keysOf(row)]);

/** Every key an experiment may have, anywhere in it. */
function knownKeys(): readonly string[] {
  return [...new Set(namesIn(experimentOptions))].sort();
}

type Issue = z.core.$ZodIssue;

/** Turns schema issues into problems, one a key; of a union's branches it takes the one that fits best. */
export function problemsOf(issues: readonly Issue[], prefix: readonly PropertyKey[] = []): ConfigProblem[] {
  return issues.flatMap((issue): ConfigProblem[] => {
    const at = [...prefix, ...issue.path].map(String);
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => {
        const guess = nearest(key, knownKeys());
        return {
          path: [...at, key].join("."),
          message: "unknown key",
          ...(guess === undefined ? {} : { didYouMean: guess }),
        };
      });
    }
    if (issue.code === "invalid_union" && issue.errors.length > 0) {
      const fewest = [...issue.errors].sort((a, b) => a.length - b.length)[0] ?? [];
      return problemsOf(fewest, [...prefix, ...issue.path]);
    }
    return [{ path: at.join("."), message: issue.message }];
  });
}

/**
 * Raises one error that lists every problem, each with its path and where it was written: the recipe's line,
 * or `--set`.
 *
 * @throws TomoeError `CONFIG_UNKNOWN_KEY` when all problems are unknown keys, else `CONFIG_INVALID`.
 */
export function raiseProblems(problems: readonly ConfigProblem[], written: Written): never {
  const rows = problems.map((problem) => {
    const { from, line } = placeOf(problem.path, written);
    const where =
      from === undefined
        ? ""
        : from === "--set"
          ? "--set "
          : line === undefined
            ? `${from}: `
            : `${from}:${line}: `;
    const guess = problem.didYouMean === undefined ? "" : `; did you mean "${problem.didYouMean}"?`;
    return {
      text: `${where}${problem.path === "" ? "experiment" : problem.path}: ${problem.message}${guess}`,
      from,
      line,
      problem,
    };
  });
  const details: JsonValue = rows.map(({ problem, from, line }) => ({
    path: problem.path,
    message: problem.message,
    ...(problem.didYouMean === undefined ? {} : { didYouMean: problem.didYouMean }),
    ...(from === undefined ? {} : from === "--set" ? { from } : { file: from }),
    ...(line === undefined ? {} : { line }),
  }));
  const code = problems.every((problem) => problem.message === "unknown key")
    ? "CONFIG_UNKNOWN_KEY"
    : "CONFIG_INVALID";
  const what =
    rows.length === 1
      ? `${rows[0]?.text ?? ""}`
      : `${rows.length} problems in the experiment:\n  ${rows.map((item) => item.text).join("\n  ")}`;
  throw new TomoeError(code, what, {
    hint: "Correct the keys named above; `tomoe run RECIPE --dry-run` checks without training.",
    details: { problems: details },
  });
}
