import { TomoeError } from "../../errors.ts";
import { permutation } from "../dataset/index.ts";
import type { SplitName } from "./source.ts";

/** What a split is drawn over: cases by patient, with what each is asked. */
export interface DrawnCase {
  readonly id: string;
  readonly patient: string;
  /** Keys of its reports; equal texts have equal ones. */
  readonly reports: readonly string[];
  /** Task and type of each of its items. */
  readonly strata: readonly string[];
}

/** Shares of the cases, 0..1, that sum to 1. */
export type Shares = Readonly<Record<SplitName, number>>;

/** A split as it was drawn. */
export interface DrawnSplit {
  readonly splitOf: ReadonlyMap<string, SplitName>;
  /** Cases that are never parted: of one patient, or of patients with equal reports. */
  readonly groups: { readonly count: number; readonly largestCases: number };
}

interface Group {
  readonly cases: readonly DrawnCase[];
  /** Items by stratum, and cases under "". */
  readonly counts: ReadonlyMap<string, number>;
}

/**
 * Draws splits over groups that are never parted, so that every split has its share of the cases and of the items of
 * each stratum as well as groups allow: the largest groups first, each where it is missed most.
 *
 * @param by - "patient" keeps patients whole; "report" keeps those together too that share a report's text.
 * @throws TomoeError `DATA_EMPTY` where there are fewer groups than splits.
 */
export function drawSplit(
  cases: readonly DrawnCase[],
  { shares, by, seed }: { readonly shares: Shares; readonly by: "patient" | "report"; readonly seed: number },
): DrawnSplit {
  const groups = groupsOf(cases, by);
  const names = (["train", "validation", "test"] as const).filter((name) => shares[name] > 0);
  if (groups.length < names.length)
    throw new TomoeError(
      "DATA_EMPTY",
      `${groups.length} groups of cases cannot fill ${names.length} splits`,
      {
        hint:
          by === "report"
            ? "Add patients, or keep patients alone together: --by patient."
            : "Add patients, or set a share to 0.",
        details: { groups: groups.length, cases: cases.length },
      },
    );
  const order = permutation(groups.length, `tomoe.split/1/${seed}`);
  const drawn = Array.from({ length: groups.length }, (_, at) => groups[order(at)] as Group);
  // A stable sort: groups of one size stay as the seed has them.
  drawn.sort((a, b) => b.cases.length - a.cases.length);
  const totals = new Map<string, number>();
  for (const { counts } of groups) add(totals, counts);
  const bins = names.map((name) => ({
    name,
    share: shares[name],
    counts: new Map<string, number>(),
    groups: 0,
  }));
  const splitOf = new Map<string, SplitName>();
  for (const [at, group] of drawn.entries()) {
    // The last groups go where there is none yet.
    const empty = bins.filter((bin) => bin.groups === 0);
    const open = drawn.length - at <= empty.length ? empty : bins;
    const [first, ...others] = open;
    if (first === undefined) continue;
    const cost = (bin: (typeof bins)[number]): number => costOf(group, bin, totals);
    const bin = others.reduce((best, one) => (cost(one) < cost(best) ? one : best), first);
    add(bin.counts, group.counts);
    bin.groups++;
    for (const { id } of group.cases) splitOf.set(id, bin.name);
  }
  const largestCases = groups.reduce((most, group) => Math.max(most, group.cases.length), 0);
  return { splitOf, groups: { count: groups.length, largestCases } };
}

/** How much further from its shares a split would be with a group than without it. */
function costOf(
  group: Group,
  bin: { readonly share: number; readonly counts: ReadonlyMap<string, number> },
  totals: ReadonlyMap<string, number>,
): number {
  let cost = 0;
  for (const [stratum, count] of group.counts) {
    const total = totals.get(stratum) ?? 1;
    const off = (bin.counts.get(stratum) ?? 0) / total - bin.share;
    const more = count / total;
    // Relative to the share, so that a small split is not filled last.
    cost += ((off + more) ** 2 - off ** 2) / bin.share;
  }
  return cost;
}

function add(sums: Map<string, number>, counts: ReadonlyMap<string, number>): void {
  for (const [key, count] of counts) sums.set(key, (sums.get(key) ?? 0) + count);
}

/** Cases joined by patient and, where that is asked for, by the text of a report; in the order of their first cases. */
function groupsOf(cases: readonly DrawnCase[], by: "patient" | "report"): readonly Group[] {
  const parents = cases.map((_, at) => at);
  const rootOf = (at: number): number => {
    let root = at;
    while (parents[root] !== root) root = parents[root] ?? root;
    for (let next = at; parents[next] !== root; ) {
      const above = parents[next] ?? root;
      parents[next] = root;
      next = above;
    }
    return root;
  };
  const firstOf = new Map<string, number>();
  for (const [at, { patient, reports }] of cases.entries())
    for (const key of [
      `patient/${patient}`,
      ...(by === "report" ? reports.map((text) => `report/${text}`) : []),
    ]) {
      const first = firstOf.get(key);
      if (first === undefined) firstOf.set(key, at);
      else {
        const [one, other] = [rootOf(first), rootOf(at)];
        parents[Math.max(one, other)] = Math.min(one, other);
      }
    }
  const members = new Map<number, DrawnCase[]>();
  for (const [at, one] of cases.entries()) {
    const root = rootOf(at);
    const inside = members.get(root);
    if (inside === undefined) members.set(root, [one]);
    else inside.push(one);
  }
  return [...members.values()].map((inside) => ({ cases: inside, counts: countsOf(inside) }));
}

function countsOf(cases: readonly DrawnCase[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>([["", cases.length]]);
  for (const { strata } of cases)
    for (const stratum of strata) counts.set(stratum, (counts.get(stratum) ?? 0) + 1);
  return counts;
}
