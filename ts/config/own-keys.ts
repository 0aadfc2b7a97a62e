/**
 * Names that JavaScript itself gives every object. No option may be called so: written through a path they
 * would change all objects of the program instead of the configuration.
 */
const inherited: readonly string[] = ["__proto__", "constructor", "prototype"];

/** True for a key that an object has of its own kind, not of the configuration. */
export function isInherited(key: string): boolean {
  return inherited.includes(key);
}

/** Dotted paths of all such keys that a value holds as its own, anywhere in it. */
export function inheritedKeys(value: unknown, at: readonly string[] = []): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => [
    ...(isInherited(key) ? [[...at, key].join(".")] : []),
    ...inheritedKeys(entry, [...at, key]),
  ]);
}
