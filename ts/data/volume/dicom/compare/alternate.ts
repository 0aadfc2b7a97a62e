import { short } from "../../geometry.ts";
import type { SliceHeader } from "../slice.ts";
import { medianStep, mixed } from "./parts.ts";
import { allTraits, type Traits } from "./traits.ts";

/** A trait that this share of the slices lacks or more is one that tells them apart by being absent. */
const absentCounts = 0.25;
/** More stacks than this have not been seen in one series; ten phases of a heart are the most. */
const mostStacks = 10;
/** Slices of one stack in a row, where two interleave; a value that comes back after longer blocks is another block. */
const longestTurn = 3;
/** Ranges of a beat must lie this far apart, in share of the larger value, or they are noise of one setting. */
const beatGap = 0.02;
/** From this many slices on, ranges that never meet are no chance; fewer must also be narrow. */
const manySlices = 16;

/** A trait by which slices fall into stacks that interleave. */
export interface Interleaved<T extends SliceHeader> {
  /** As a message names it. */
  readonly name: string;
  readonly parts: readonly (readonly T[])[];
  /** Values of the parts, where they may be shown. */
  readonly shown: readonly string[];
}

/**
 * Refuses slices of two or more stacks that interleave: along the sorted stack, what tells two acquisitions apart
 * must not alternate from neighbour to neighbour. Blocks (step and shoot) are one volume.
 *
 * @param along - mm along the normal, ascending, one a slice.
 * @throws TomoeError `DATA_SERIES_MIXED` naming what alternates, the stacks and their offset in mm.
 */
export function requireOneStack(sorted: readonly SliceHeader[], along: readonly number[]): void {
  const found = interleaved(sorted);
  if (found === undefined) return;
  const { name, parts, shown } = found;
  const place = new Map(sorted.map((slice, index) => [slice, along[index] ?? 0]));
  const partOf = new Map(parts.flatMap((part, number) => part.map((slice) => [slice, number] as const)));
  const offsets = sorted
    .slice(1)
    .flatMap((slice, index) =>
      partOf.get(slice) === partOf.get(sorted[index] ?? slice)
        ? []
        : [(along[index + 1] ?? 0) - (along[index] ?? 0)],
    );
  const offsetMm = Math.min(...offsets);
  const steps = parts.map((part) => medianStep(part.map((slice) => place.get(slice) ?? 0)));
  const values =
    shown.length === 0 ? "" : ` (${shown.slice(0, 4).join(", ")}${shown.length > 4 ? ", ..." : ""})`;
  throw mixed(
    `slices of ${parts.length} stacks interleave: the ${name} alternates along the normal${values}; the stacks have ${parts
      .slice(0, 4)
      .map((part) => part.length)
      .join(
        ", ",
      )}${parts.length > 4 ? ", ..." : ""} of ${sorted.length} slices, step ${short(steps[0] ?? 0)} mm each and lie ${short(offsetMm)} mm apart`,
    parts,
    { differsIn: name, slices: sorted.length, offsetMm, stepMm: steps[0] ?? 0 },
    (part) => (shown.length === 0 ? undefined : `${name} ${shown[parts.indexOf(part)] ?? "none"}`),
  );
}

/** The most telling trait by which sorted slices are several stacks; undefined for one stack. */
export function interleaved<T extends SliceHeader>(sorted: readonly T[]): Interleaved<T> | undefined {
  for (const { keyword, name, rule, as } of allTraits) {
    const parts = rule === "stays" ? returning(sorted, keyword) : beating(sorted, keyword, as === "time");
    if (parts === undefined) continue;
    const shown =
      as === "text" || as === "time" || rule !== "stays"
        ? []
        : parts.map((part) => {
            const number = part[0]?.traits.get(keyword)?.number;
            return number === undefined ? "none" : short(number);
          });
    return { name, parts, shown };
  }
  return undefined;
}

type Key = Parameters<Traits["get"]>[0];

/** Groups by value when a value comes back after another one; undefined when every value stays in one block. */
function returning<T extends SliceHeader>(sorted: readonly T[], keyword: Key): readonly T[][] | undefined {
  const absent = sorted.filter((slice) => !slice.traits.has(keyword)).length;
  const judged =
    absent < absentCounts * sorted.length ? sorted.filter((slice) => slice.traits.has(keyword)) : sorted;
  const groups = new Map<string, T[]>();
  const runs: number[] = [];
  let before: string | undefined;
  for (const slice of judged) {
    const key = slice.traits.get(keyword)?.key ?? "";
    if (key === before) runs.push((runs.pop() ?? 0) + 1);
    else runs.push(1);
    before = key;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [slice]);
    else group.push(slice);
  }
  const shortest = Math.min(...runs.slice(1, -1));
  return runs.length > groups.size && shortest <= longestTurn ? [...groups.values()] : undefined;
}

/** Every p-th slice together, when that makes ranges of a number that never meet; undefined when none does. */
function beating<T extends SliceHeader>(
  sorted: readonly T[],
  keyword: Key,
  isTime: boolean,
): readonly T[][] | undefined {
  const values = sorted.flatMap((slice) => slice.traits.get(keyword)?.number ?? []);
  if (values.length !== sorted.length) return undefined;
  const isOrder = isTime || keyword === "InstanceNumber";
  for (
    let stacks = 2;
    stacks <= Math.min(mostStacks, Math.floor(sorted.length / (isOrder ? 3 : 4)));
    stacks++
  ) {
    const every = <V>(of: readonly V[]): V[][] =>
      Array.from({ length: stacks }, (_, part) => of.filter((__, index) => index % stacks === part));
    if (apart(every(values), sorted.length, isOrder)) return every(sorted);
  }
  return undefined;
}

function apart(classes: readonly (readonly number[])[], slices: number, isOrder: boolean): boolean {
  const ranges = classes
    .map((values) => ({ low: Math.min(...values), high: Math.max(...values) }))
    .sort((a, b) => a.low - b.low);
  const widest = Math.max(...ranges.map(({ low, high }) => high - low));
  const separate = ranges.slice(1).every((range, index) => {
    const below = ranges[index]?.high ?? 0;
    const gap = range.low - below;
    if (isOrder) return gap > 0;
    return (
      gap > beatGap * Math.max(Math.abs(range.low), Math.abs(below)) &&
      (slices >= manySlices || gap >= widest)
    );
  });
  if (!separate || !isOrder) return separate;
  // Each pass counts up, or each counts down; a shuffled list does neither.
  const rises = (values: readonly number[]): number =>
    values.slice(1).filter((value, index) => value >= (values[index] ?? 0)).length;
  return (
    classes.every((values) => rises(values) === values.length - 1) ||
    classes.every((values) => rises(values.toReversed()) === values.length - 1)
  );
}
