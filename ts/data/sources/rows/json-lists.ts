import { readPieces } from "../../../files/index.ts";
import { objectRow } from "./json-lines.ts";
import { rowProblem } from "./records.ts";
import type { FoundRow, TableFile } from "./table-row.ts";

/** Bytes that one entry may have. */
const maxEntryBytes = 16 << 20;

const open = new Set([0x7b, 0x5b]),
  close = new Set([0x7d, 0x5d]),
  quote = 0x22,
  backslash = 0x5c,
  colon = 0x3a,
  comma = 0x2c;

/**
 * Entries of the lists of a JSON file, one by one; no more than one entry is held.
 *
 * The file is an object whose lists are meant by their keys, or one list. Places name the list behind the table:
 * `dataset.json#training`. Entries of other keys are passed by.
 *
 * @param keys - lists that are read, in the order of the file; `""` is a file that is one list.
 * @throws TomoeError `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`, `CANCELLED`.
 */
export async function* jsonListRows(
  { path, table, signal }: TableFile,
  keys: readonly string[],
): AsyncGenerator<FoundRow & { readonly key?: string }, void, undefined> {
  const walk = new Walk();
  const rows = new Map<string, number>();
  for await (const piece of readPieces(path, () => undefined, signal))
    for (const { key, text } of walk.entries(piece)) {
      if (!keys.includes(key)) continue;
      const row = (rows.get(key) ?? 0) + 1;
      rows.set(key, row);
      yield { ...entryRow(text, { table: key === "" ? table : `${table}#${key}`, row }), key };
    }
  const place = { table, row: 1 };
  if (walk.problem !== undefined)
    yield { kind: "problem", problem: rowProblem(place, walk.problem, "Copy or download the file again.") };
  for (const key of keys.filter((one) => !walk.lists.has(one)))
    yield {
      kind: "problem",
      problem: rowProblem(
        place,
        key === "" ? "the file is not a list" : `the file has no list "${key}"`,
        listHint(walk),
      ),
    };
}

function listHint(walk: Walk): string {
  const names = [...walk.lists].filter((name) => name !== "");
  return names.length === 0
    ? "It may be a table of another data set."
    : `It has the lists ${names.join(", ")}.`;
}

function entryRow(text: string | null, place: { readonly table: string; readonly row: number }): FoundRow {
  try {
    if (text !== null) return objectRow(JSON.parse(text), place);
  } catch {
    // Told below.
  }
  return {
    kind: "problem",
    problem: rowProblem(place, "the entry is not JSON in UTF-8", "Copy or download the file again."),
  };
}

/** Where a walk over the bytes of a JSON file stands; it finds entries by brackets and quotes and leaves the rest to JSON.parse. */
class Walk {
  readonly lists = new Set<string>();
  problem: string | undefined = "the file ends before its JSON does";
  readonly #stack: number[] = [];
  #inText = false;
  #escaped = false;
  #key = "";
  #word: number[] = [];
  #wordEnded = false;
  #parts: Buffer[] = [];
  #length = 0;
  #readsEntry = false;
  #entryDepth = 0;

  *entries(piece: Buffer): Generator<{ readonly key: string; readonly text: string | null }> {
    let from = 0;
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at] ?? 0;
      if (this.#inText) {
        this.#text(byte);
        continue;
      }
      if (byte === quote) {
        this.#inText = true;
        if (this.#stack.length === 1) [this.#word, this.#wordEnded] = [[], false];
      } else if (open.has(byte)) {
        this.#stack.push(byte);
        if (this.#begins()) {
          this.#readsEntry = true;
          this.#entryDepth = this.#stack.length;
          from = at;
        } else if (byte === 0x5b && this.#stack.length <= 2) this.#list();
      } else if (close.has(byte)) {
        if (this.#readsEntry && this.#stack.length === this.#entryDepth) {
          this.#readsEntry = false;
          yield { key: this.#key, text: this.#take(piece.subarray(from, at + 1)) };
        }
        this.#stack.pop();
        if (this.#stack.length === 0) this.problem = undefined;
      } else if (byte === colon && this.#stack.length === 1) this.#wordEnded = true;
      else if (byte === comma && this.#stack.length === 1) [this.#word, this.#wordEnded] = [[], false];
    }
    if (this.#readsEntry) this.#keep(piece.subarray(from));
  }

  #text(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === backslash) this.#escaped = true;
    else if (byte === quote) {
      this.#inText = false;
      return;
    }
    if (this.#stack.length === 1 && !this.#wordEnded && this.#word.length < 256) this.#word.push(byte);
  }

  /** True where the bracket that was just opened begins an entry of a list. */
  #begins(): boolean {
    if (this.#readsEntry) return false;
    const [first, second] = this.#stack;
    return (
      (this.#stack.length === 2 && first === 0x5b) ||
      (this.#stack.length === 3 && first === 0x7b && second === 0x5b)
    );
  }

  #list(): void {
    this.#key = this.#stack.length === 1 ? "" : Buffer.from(this.#word).toString("utf8");
    this.lists.add(this.#key);
  }

  #keep(piece: Buffer): void {
    this.#length += piece.length;
    if (this.#length <= maxEntryBytes) this.#parts.push(Buffer.from(piece));
  }

  #take(last: Buffer): string | null {
    this.#keep(last);
    const fits = this.#length <= maxEntryBytes;
    const bytes = Buffer.concat(this.#parts);
    [this.#parts, this.#length] = [[], 0];
    try {
      return fits ? new TextDecoder("utf-8", { fatal: true }).decode(bytes) : null;
    } catch {
      return null;
    }
  }
}
