import { type JsonValue, TomoeError } from "../errors.ts";
import { nearest } from "./problems.ts";

type MutableJson = { [key: string]: unknown } | unknown[];

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the text itself, so that `--set name=abc` needs no quotes; the schema decides whether text
    // fits.
    return text;
  }
}

function child(
  node: MutableJson,
  key: string,
  written: string,
): { readonly container: MutableJson; readonly key: string | number } {
  if (!Array.isArray(node)) return { container: node, key };
  const byName = node.findIndex(
    (entry) => typeof entry === "object" && entry !== null && "name" in entry && entry.name === key,
  );
  const index = byName >= 0 ? byName : /^\d+$/.test(key) ? Number(key) : -1;
  if (index >= 0 && index < node.length) return { container: node, key: index };
  const names = node.flatMap((entry) =>
    typeof entry === "object" && entry !== null && "name" in entry ? [String(entry.name)] : [],
  );
  const guess = nearest(key, names);
  throw new TomoeError(
    "CONFIG_UNKNOWN_KEY",
    `--set ${written}: no entry "${key}"${guess === undefined ? "" : `; did you mean "${guess}"?`}`,
    {
      hint: names.length === 0 ? `give an index below ${node.length}` : `entries: ${names.join(", ")}`,
      details: { key, names },
    },
  );
}

/**
 * Applies `path=value` overrides to what was written. A path goes through objects by key and through lists by
 * index or by the
 * entry's name (`stages.shared.steps=10`); a value is JSON where it parses as JSON, else text. The schema
 * judges the result.
 *
 * @returns a new value and the dotted paths that were set.
 * @throws TomoeError `USAGE_INVALID` for an override without `=`; `CONFIG_UNKNOWN_KEY` for a list entry that
 * is not there.
 */
export function applyOverrides(
  input: JsonValue,
  overrides: readonly string[],
): { readonly value: JsonValue; readonly paths: readonly string[] } {
  const value = structuredClone(input) as MutableJson;
  const paths = overrides.map((written) => {
    const at = written.indexOf("=");
    if (at <= 0) {
      throw new TomoeError("USAGE_INVALID", `--set ${written}: expected path=value`, {
        hint: "for example --set stages.shared.steps=100",
        details: { given: written },
      });
    }
    const keys = written.slice(0, at).split(".");
    let node = value;
    const real: string[] = [];
    keys.forEach((key, depth) => {
      const { container, key: slot } = child(node, key, written);
      real.push(String(slot));
      const holder = container as { [key: string | number]: unknown };
      if (depth === keys.length - 1) {
        holder[slot] = parseValue(written.slice(at + 1));
        return;
      }
      const next = holder[slot];
      if (next === undefined) holder[slot] = {};
      else if (typeof next !== "object" || next === null) {
        throw new TomoeError(
          "CONFIG_UNKNOWN_KEY",
          `--set ${written}: "${real.join(".")}" is ${JSON.stringify(next)} and has no key "${keys[depth + 1] ?? ""}"`,
          {
            hint: "set the value itself",
            details: { path: real.join(".") },
          },
        );
      }
      node = holder[slot] as MutableJson;
    });
    return real.join(".");
  });
  return { value: value as JsonValue, paths };
}
