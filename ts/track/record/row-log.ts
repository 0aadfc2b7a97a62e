import { dirname } from "node:path";
import { TomoeError } from "../../errors.ts";
import { syncFolder, writeFailure } from "../../files/index.ts";
import { canonicalJson } from "../../schema/digest.ts";
import type { AppendOptions } from "./append-file.ts";
import { AppendFile } from "./append-file.ts";
import type { Row } from "./rows.ts";
import { readIfThere, scanRows } from "./rows.ts";

/**
 * Plain JSONL that grows row by row as the work is done, each row on the disk before it counts.
 * It has no checksums, because other programs read the rows as they are; the torn last line of a kill is cut
 * off.
 */
export class RowLog {
  readonly #file: AppendFile;
  readonly #known: Map<string, string>;
  #last: Promise<void> = Promise.resolve();

  private constructor(file: AppendFile, known: Map<string, string>) {
    this.#file = file;
    this.#known = known;
  }

  /**
   * @throws TomoeError `RECORD_INVALID` for a line that is not a row or an id that stands twice; `IO_FAILED`,
   * `PERMISSION`, `OUTPUT_CREATE`.
   */
  static async open(path: string, options: AppendOptions): Promise<RowLog> {
    const known = new Map<string, string>();
    try {
      const end = scanRows(path, await readIfThere(path), known);
      const file = await AppendFile.reopen(path, end, options);
      await syncFolder(dirname(path));
      return new RowLog(file, known);
    } catch (cause) {
      throw writeFailure(cause, { action: "open the rows", path });
    }
  }

  /** Ids of the rows that are there, so that a restart does only what is missing. */
  get ids(): ReadonlySet<string> {
    return new Set(this.#known.keys());
  }

  /**
   * Appends rows; resolves once they are on the disk. The same id with the same row again writes nothing.
   *
   * @throws TomoeError `REPLAY_DIVERGED` when an id is there with another row; nothing of this call is then
   * written. `DISK_FULL`, `IO_FAILED`.
   */
  async append(rows: readonly Row[]): Promise<void> {
    const lines: string[] = [];
    const inCall = new Map<string, string>();
    for (const row of rows) {
      const text = canonicalJson(row, `the row ${row.id}`);
      const known = inCall.get(row.id) ?? this.#known.get(row.id);
      if (known === undefined) {
        inCall.set(row.id, text);
        lines.push(`${JSON.stringify(row)}\n`);
      } else if (known !== text) throw diverged(this.#file.path, row.id, known, text);
    }
    for (const [id, text] of inCall) this.#known.set(id, text);
    // One write after the other: a failed one fails those behind it too, since they may repeat its rows.
    this.#last = this.#last.then(() => this.#file.append(Buffer.from(lines.join(""), "utf8")));
    await this.#last;
  }

  async close(): Promise<void> {
    await this.#last.catch(() => undefined);
    await this.#file.close();
  }
}

function diverged(path: string, id: string, recorded: string, replayed: string): TomoeError {
  return new TomoeError(
    "REPLAY_DIVERGED",
    `${path} has another row for ${JSON.stringify(id)} than this attempt gives`,
    {
      hint: "Results changed since the run was interrupted: compare environment.json with this machine, then resume there or start a new run.",
      details: { path, id, recorded, replayed },
    },
  );
}
