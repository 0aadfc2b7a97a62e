import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { isMissing, readFailure, writeWhole } from "../../files/index.ts";

/** Name of the file in the folder of a cache. */
const memoName = "memo.txt";

/**
 * What is known of files without reading them again: of a source the digest of its bytes, by a keyed id of its path, size,
 * time and inode; of a row of the cache that it was verified whole, by its key. Lines are appended, each with a CRC-32;
 * one that is torn or damaged is none, and what it said is found out anew.
 */
export class CacheMemo {
  readonly #path: string;
  readonly #known: Map<string, string>;
  #waiting: string[] = [];

  private constructor(path: string, known: Map<string, string>) {
    this.#path = path;
    this.#known = known;
  }

  /** @throws TomoeError `PERMISSION`, `IO_FAILED` where a memo is there and cannot be read. */
  static async open(folder: string): Promise<CacheMemo> {
    const path = join(folder, memoName);
    let text = "";
    try {
      text = await readFile(path, "latin1");
    } catch (cause) {
      if (!isMissing(cause)) throw readFailure(cause, { action: "read what is known of the cache", path });
    }
    return new CacheMemo(path, parsed(text));
  }

  get(name: string): string | undefined {
    return this.#known.get(name);
  }

  /** Keeps a value; it is on the disk after the next `flush`. */
  set(name: string, value: string): void {
    if (this.#known.get(name) === value) return;
    this.#known.set(name, value);
    this.#waiting.push(lineOf(name, value));
  }

  forget(name: string): void {
    this.#known.delete(name);
  }

  /** Appends what is new, whole lines at once, beside other processes. What a full disk refuses is found out again. */
  async flush(): Promise<void> {
    const lines = this.#waiting;
    if (lines.length === 0) return;
    this.#waiting = [];
    // A line that a killed process left open ends here, and is none.
    await appendFile(this.#path, `\n${lines.join("")}`, { mode: 0o600 }).catch(() => undefined);
  }

  /** Writes the memo anew with the names that `keeps` says. @throws TomoeError as `writeWhole`. */
  async compact(keeps: (name: string) => boolean): Promise<void> {
    for (const name of this.#known.keys()) if (!keeps(name)) this.#known.delete(name);
    this.#waiting = [];
    await writeWhole(this.#path, [...this.#known].map(([name, value]) => lineOf(name, value)).join(""));
  }
}

/** The memo of a cache without the names that are not kept. @throws TomoeError as `CacheMemo.open` and `compact`. */
export async function compactMemo(folder: string, keeps: (name: string) => boolean): Promise<void> {
  const memo = await CacheMemo.open(folder);
  await memo.compact(keeps);
}

function lineOf(name: string, value: string): string {
  const said = `${name} ${value}`;
  return `${said} ${crc32(said).toString(16).padStart(8, "0")}\n`;
}

function parsed(text: string): Map<string, string> {
  const known = new Map<string, string>();
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf("\n", at);
    const line = text.slice(at, end < 0 ? text.length : end);
    at = end < 0 ? text.length : end + 1;
    const check = line.lastIndexOf(" ");
    const said = line.slice(0, Math.max(check, 0));
    const space = said.indexOf(" ");
    // Its end may be missing: then the sum of what is left is another one.
    if (space > 0 && Number.parseInt(line.slice(check + 1), 16) === crc32(said))
      known.set(said.slice(0, space), said.slice(space + 1));
  }
  return known;
}
