import { leavesOf } from "../../config/index.ts";

const nameOf = (entry: unknown): string | undefined =>
  typeof entry === "object" && entry !== null && "name" in entry && typeof entry.name === "string"
    ? entry.name
    : undefined;

/** Lists whose entries all have a name of their own become objects by that name: `stages.shared.steps`, as `--set` has it. */
function byName(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, entry]) => [key, byName(entry)] as const);
  if (!Array.isArray(value)) return Object.fromEntries(entries);
  const names = value.map(nameOf).filter((name) => name !== undefined);
  return names.length > 0 && new Set(names).size === value.length
    ? Object.fromEntries(entries.map(([key, entry], at) => [names[at] ?? key, entry]))
    : entries.map(([, entry]) => entry);
}

/**
 * The leaves of a configuration by dotted path, entries of lists by their name where they have one.
 */
export function namedLeaves(value: unknown): ReadonlyMap<string, unknown> {
  return value === undefined ? new Map() : leavesOf(byName(value));
}
