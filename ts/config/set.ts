import { type JsonValue, TomoeError } from "../errors.ts";
import { didYouMean } from "../schema/nearest.ts";
import { inheritedKeys, isInherited } from "./own-keys.ts";

type MutableJson = { [key: string]: unknown } | unknown[];
type Holder = { [key: string | number]: unknown };

function unknownKey(written: string, what: string, hint: string, details: { [key: string]: JsonValue }) {
  return new TomoeError("CONFIG_UNKNOWN_KEY", `--set ${written}: ${what}`, { hint, details });
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the text itself, so that `--set name=abc` needs no quotes; the schema decides whether text
    // fits.
    return text;
  }
}

/** Keys and value of `path=value`. */
function parsed(written: string): { readonly keys: readonly string[]; readonly value: unknown } {
  const at = written.indexOf("=");
  if (at <= 0) {
    throw new TomoeError("USAGE_INVALID", `--set ${written}: expected path=value`, {
      hint: "For example --set stages.shared.steps=100.",
      details: { given: written },
    });
  }
  const keys = written.slice(0, at).split(".");
  const value = parseValue(written.slice(at + 1));
  const [foreign] = [...keys.filter(isInherited), ...inheritedKeys(value)];
  if (foreign !== undefined)
    throw unknownKey(
      written,
      `no option is called "${foreign}"`,
      "Set an option of the recipe by its own name.",
      {
        key: foreign,
      },
    );
  return { keys, value };
}

const nameOf = (entry: unknown): string | undefined =>
  typeof entry === "object" && entry !== null && "name" in entry ? String(entry.name) : undefined;

/** Where a key leads in a node: itself in an object, the place of the entry it names in a list. */
function slotOf(node: MutableJson, key: string, written: string): string | number {
  if (!Array.isArray(node)) return key;
  const byName = node.findIndex((entry) => nameOf(entry) === key);
  const index = byName >= 0 ? byName : /^\d+$/.test(key) ? Number(key) : -1;
  if (index >= 0 && index < node.length) return index;
  const names = node.map(nameOf).filter((name) => name !== undefined);
  throw unknownKey(
    written,
    `no entry "${key}"${didYouMean(key, names)}`,
    names.length === 0 ? `Give an index below ${node.length}.` : `Its entries are ${names.join(", ")}.`,
    { key, names },
  );
}

/** What `slot` of a holder holds, made where it holds nothing, to go on through. */
function through(
  holder: Holder,
  slot: string | number,
  path: string,
  next: string,
  written: string,
): MutableJson {
  if (!Object.hasOwn(holder, slot)) holder[slot] = {};
  const held = holder[slot];
  if (typeof held !== "object" || held === null)
    throw unknownKey(
      written,
      `"${path}" is ${JSON.stringify(held)} and has no key "${next}"`,
      "Set the value itself.",
      { path },
    );
  return held as MutableJson;
}

/** Writes one override into `root`, and returns the dotted path it was written to. */
function applyOne(root: MutableJson, written: string): string {
  const { keys, value } = parsed(written);
  let node = root;
  const real: string[] = [];
  for (const [depth, key] of keys.entries()) {
    const slot = slotOf(node, key, written);
    const holder = node as Holder;
    real.push(String(slot));
    const next = keys[depth + 1];
    if (next === undefined) holder[slot] = value;
    else node = through(holder, slot, real.join("."), next, written);
  }
  return real.join(".");
}

/**
 * Applies `path=value` overrides to what was written. A path goes through objects by key and through lists by
 * index or by the entry's name (`stages.shared.steps=10`); a value is JSON where it parses as JSON, else text.
 * The schema judges the result. Own keys alone are read and written.
 *
 * @returns a new value and the dotted paths that were set.
 * @throws TomoeError `USAGE_INVALID` for an override without `=`; `CONFIG_UNKNOWN_KEY` for a list entry that
 * is not there, and for what JavaScript gives every object (`__proto__`, `constructor`, `prototype`).
 */
export function applyOverrides(
  input: JsonValue,
  overrides: readonly string[],
): { readonly value: JsonValue; readonly paths: readonly string[] } {
  const value = structuredClone(input) as MutableJson;
  const paths = overrides.map((written) => applyOne(value, written));
  return { value: value as JsonValue, paths };
}
