import { readPieces } from "../../../files/index.ts";

const open = new Set([0x7b, 0x5b]),
  close = new Set([0x7d, 0x5d]),
  quote = 0x22,
  backslash = 0x5c,
  colon = 0x3a,
  comma = 0x2c;

/** An object or list that stands in a list of a JSON file. */
export interface ListEntry {
  /** The list's key in the file's object; "" where the file is the list. */
  readonly key: string;
  /** As it is written; null where it is no UTF-8 or too long. */
  readonly text: string | null;
}

/**
 * The entries of every list of a JSON file, which is an object with lists, or one list; no more than one is held.
 *
 * @param walk - says afterwards which lists there were, and whether the file was whole.
 * @throws TomoeError `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`, `CANCELLED`.
 */
export async function* walkLists(
  walk: JsonWalk,
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<ListEntry, void, undefined> {
  for await (const piece of readPieces(path, () => undefined, signal)) yield* walk.entries(piece);
}

/** Where a walk over the bytes of a JSON file stands; it finds entries by brackets and quotes and leaves the rest to JSON.parse. */
export class JsonWalk {
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
  readonly #maxEntryBytes: number;

  /** @param maxEntryBytes - of an entry of more bytes the text is null. */
  constructor(maxEntryBytes: number) {
    this.#maxEntryBytes = maxEntryBytes;
  }

  /** The entries that end within the next bytes of the file. */
  *entries(piece: Buffer): Generator<ListEntry> {
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
    if (this.#length <= this.#maxEntryBytes) this.#parts.push(Buffer.from(piece));
  }

  #take(last: Buffer): string | null {
    this.#keep(last);
    const fits = this.#length <= this.#maxEntryBytes;
    const bytes = Buffer.concat(this.#parts);
    [this.#parts, this.#length] = [[], 0];
    try {
      return fits ? new TextDecoder("utf-8", { fatal: true }).decode(bytes) : null;
    } catch {
      return null;
    }
  }
}
