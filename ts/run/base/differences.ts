import { leavesOf } from "../../config/index.ts";
import type { JsonValue } from "../../errors.ts";

/** A leaf that two values do not have in common, as JSON text; "nothing" where one lacks it. */
export interface Difference {
  readonly path: string;
  readonly here: string;
  readonly there: string;
}

const textsOf = (value: JsonValue): ReadonlyMap<string, string> =>
  new Map([...leavesOf(value)].map(([path, leaf]) => [path, JSON.stringify(leaf)]));

/** The leaves in which two values differ, by dotted path, in the order of the first. */
export function differences(here: JsonValue, there: JsonValue): readonly Difference[] {
  const [ours, theirs] = [textsOf(here), textsOf(there)];
  return [...new Set([...ours.keys(), ...theirs.keys()])]
    .filter((path) => ours.get(path) !== theirs.get(path))
    .map((path) => ({ path, here: ours.get(path) ?? "nothing", there: theirs.get(path) ?? "nothing" }));
}
