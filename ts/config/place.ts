import type { JsonValue } from "../errors.ts";

/** The text of a recipe file, so that a problem can name its line. */
export interface RecipeSource {
  readonly file: string;
  readonly text: string;
}

/** What a line is looked for in: the recipe's text, what it wrote, and which paths `--set` wrote instead. */
export interface Written {
  readonly value: JsonValue;
  readonly setPaths: readonly string[];
  readonly source?: RecipeSource;
}

/** Where a configuration path was written. */
export interface Place {
  /** "--set", the recipe's file, or neither. */
  readonly from: string | undefined;
  readonly line?: number;
}

/**
 * Where `path` was written: by `--set`, or in the recipe at the line of its key. The text is followed key by
 * key and, in a list, by the entry's name, so that the
 * `steps` of one stage are not taken for those of another; where that leads nowhere no line is told.
 */
export function placeOf(path: string, { value, setPaths, source }: Written): Place {
  if (setPaths.some((set) => path === set || path.startsWith(`${set}.`))) return { from: "--set" };
  if (source === undefined) return { from: undefined };
  const text = withoutComments(source.text);
  let at = 0,
    end = text.length,
    holder: JsonValue | undefined = value;
  const keys = path.split(".");
  for (const [depth, key] of keys.entries()) {
    const entry: JsonValue | undefined = childOf(holder, key);
    // What is missing stands nowhere: the line of what should hold it.
    const word = /^\d+$/.test(key) ? nameOf(entry) : entry === undefined ? undefined : key;
    const found = word === undefined ? -1 : find(text.slice(0, end), word, at, /^\d+$/.test(key));
    const next = Array.isArray(holder) ? nameOf(holder[Number(key) + 1]) : undefined;
    if (found >= 0) {
      at = found;
      // What follows the next entry's name is not this entry's any more.
      const border = next === undefined ? -1 : find(text, next, found + 1, true);
      if (border >= 0) end = Math.min(end, border);
    } else if (depth === keys.length - 1 && entry !== undefined) return { from: source.file };
    holder = entry;
  }
  return at === 0 ? { from: source.file } : { from: source.file, line: text.slice(0, at).split("\n").length };
}

function childOf(holder: JsonValue | undefined, key: string): JsonValue | undefined {
  return typeof holder === "object" && holder !== null && Object.hasOwn(holder, key)
    ? (holder as { readonly [key: string]: JsonValue })[key]
    : undefined;
}

function nameOf(entry: JsonValue | undefined): string | undefined {
  return typeof entry === "object" && entry !== null && "name" in entry && typeof entry.name === "string"
    ? entry.name
    : undefined;
}

/** Index of the next `key:`, or of the next quoted name, from `from` on; -1 when there is none. */
function find(text: string, word: string, from: number, isName: boolean): number {
  const plain = word.replace(/[^\w-]/g, "\\$&");
  const pattern = isName
    ? new RegExp(`["'\`]${plain}["'\`]`, "g")
    : new RegExp(`(?<![\\w$-])["']?${plain}["']?\\s*:`, "g");
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? -1;
}

/** The text with the letters of its comments blanked, every line where it was. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/[^\n]*/g, (comment) => comment.replace(/[^\n]/g, " "));
}
