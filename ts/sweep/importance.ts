import type { JsonValue } from "../errors.ts";

/** How much of the order of trials one option explains by itself. */
export interface Importance {
  readonly path: string;
  /** 0..1: share of the variance of the objective's ranks; null where too few trials say. */
  readonly share: number | null;
  /** Trials that have the option. */
  readonly trials: number;
}

interface Tried {
  readonly assignment: Readonly<Record<string, JsonValue>>;
  readonly value: number;
}

/** Ranks from 0, those alike sharing the mean of theirs. */
function ranks(values: readonly number[]): readonly number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const alike = values.filter((other) => other === value).length;
    return below + (alike - 1) / 2;
  });
}

const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;

function squaredCorrelation(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  const product = a.reduce((sum, one, at) => sum + (one - ma) * ((b[at] ?? 0) - mb), 0);
  const spread = (of: readonly number[], m: number): number =>
    of.reduce((sum, one) => sum + (one - m) ** 2, 0);
  const both = spread(a, ma) * spread(b, mb);
  return both === 0 ? 0 : product ** 2 / both;
}

/** Share of the variance that lies between the groups of a choice. */
function betweenGroups(groups: readonly string[], values: readonly number[]): number {
  const all = mean(values);
  const total = values.reduce((sum, one) => sum + (one - all) ** 2, 0);
  const names = [...new Set(groups)];
  const between = names.reduce((sum, name) => {
    const own = values.filter((_, at) => groups[at] === name);
    return sum + own.length * (mean(own) - all) ** 2;
  }, 0);
  return total === 0 ? 0 : between / total;
}

/**
 * The options of a sweep by what each explains alone, the first explains most: of numbers the squared rank correlation
 * with the objective, of choices the share of its ranks' variance between them. What options do together is not in it,
 * and of a handful of trials it says little: fewer than four with an option say nothing.
 */
export function importances(paths: readonly string[], tried: readonly Tried[]): readonly Importance[] {
  return paths
    .map((path) => {
      const own = tried.filter(({ assignment }) => Object.hasOwn(assignment, path));
      const values = ranks(own.map(({ value }) => value));
      const settings = own.map(({ assignment }) => assignment[path] ?? null);
      const numbers = settings.filter((one) => typeof one === "number");
      const share =
        own.length < 4
          ? null
          : numbers.length === settings.length
            ? squaredCorrelation(ranks(numbers), values)
            : betweenGroups(
                settings.map((one) => JSON.stringify(one)),
                values,
              );
      return { path, share, trials: own.length };
    })
    .sort((a, b) => (b.share ?? -1) - (a.share ?? -1));
}
