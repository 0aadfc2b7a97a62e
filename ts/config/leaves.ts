/**
 * The leaves of a value by dotted path, in its order; an empty object or list is one.
 *
 * @param whole - a path whose value is one leaf, whatever it holds.
 */
export function leavesOf(value: unknown, whole?: string): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  const walk = (of: unknown, path: string): void => {
    const entries = typeof of === "object" && of !== null && path !== whole ? Object.entries(of) : [];
    if (entries.length === 0) found.set(path, of);
    for (const [key, entry] of entries) walk(entry, path === "" ? key : `${path}.${key}`);
  };
  walk(value, "");
  return found;
}
