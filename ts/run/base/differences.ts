import type { JsonValue } from "../../errors.ts";

/** A leaf that two values do not have in common, as JSON text; "nothing" where one lacks it. */
export interface Difference {
  readonly path: string;
  readonly here: string;
  readonly there: string;
}

function leavesOf(value: JsonValue, path: string, into: Map<string, string>): void {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (entries.length === 0) into.set(path, JSON.stringify(value));
  for (const [key, entry] of entries) leavesOf(entry, path === "" ? key : `${path}.${key}`, into);
}

/** The leaves in which two values differ, by dotted path, in the order of the first. */
export function differences(here: JsonValue, there: JsonValue): readonly Difference[] {
  const [ours, theirs] = [new Map<string, string>(), new Map<string, string>()];
  leavesOf(here, "", ours);
  leavesOf(there, "", theirs);
  return [...new Set([...ours.keys(), ...theirs.keys()])]
    .filter((path) => ours.get(path) !== theirs.get(path))
    .map((path) => ({ path, here: ours.get(path) ?? "nothing", there: theirs.get(path) ?? "nothing" }));
}
