import { TomoeError } from "../../errors.ts";
import { JsonLines } from "./lines.ts";
import { Problems } from "./problems.ts";
import { type PredictionRow, type RowRules, readRow } from "./row.ts";
import { Together, type Warning } from "./together.ts";

/** Rows of a file, all of them right. */
export interface ReadRows {
  readonly rows: readonly PredictionRow[];
  readonly warnings: readonly Warning[];
}

export interface ReaderOptions extends RowRules {
  /** Goes before "line 3" in problems: which file it is, where there are several. */
  readonly file?: string;
}

/**
 * Reads a predictions file piece by piece, as `JsonLines` does. Every problem of every line is counted and the first
 * twenty are told.
 */
export class RowReader {
  private readonly rows: PredictionRow[] = [];
  private readonly lines: number[] = [];
  private readonly problems = new Problems();
  private readonly options: ReaderOptions;
  private readonly together: Together;
  private readonly lists = new Map<string, readonly string[]>();
  private readonly file: JsonLines;

  constructor(options: ReaderOptions = {}) {
    this.options = options;
    this.together = new Together(
      this.rows,
      (index) => this.placeOf(this.lines[index] ?? 0),
      (problem) => this.problems.add(problem),
    );
    this.file = new JsonLines({
      value: (value, line, isWhole) => this.take(value, line, isWhole),
      problem: (problem, line) => this.wrong(problem, line),
    });
  }

  /** Takes the next bytes of the file. */
  push(bytes: Uint8Array): void {
    this.file.push(bytes);
  }

  /**
   * Ends the file.
   *
   * @throws TomoeError `DATA_PREDICTIONS` with all problems counted; `DATA_EMPTY` for no row.
   */
  end(): ReadRows {
    this.file.end();
    this.together.end();
    if (this.problems.count > 0) throw this.problems.refusal(this.file.given);
    if (this.rows.length === 0)
      throw new TomoeError("DATA_EMPTY", "there are no predictions to score", {
        hint: "Give one JSON object a line: {id, case, task, target, prediction}.",
      });
    return { rows: this.rows, warnings: this.together.warnings() };
  }

  private placeOf(line: number): string {
    return `${this.options.file === undefined ? "" : `${this.options.file}, `}line ${line}`;
  }

  private take(value: unknown, line: number, isWhole: boolean): void {
    const row = readRow(value, (problem) => this.wrong(problem, line), this.options);
    if (row === undefined || !isWhole) return;
    this.lines.push(line);
    this.rows.push(this.sharing(row));
    this.together.see(row, this.rows.length - 1);
  }

  /** Files repeat a few lists of choices a million times: one of each is kept. */
  private sharing(row: PredictionRow): PredictionRow {
    if (row.choices === undefined) return row;
    const key = row.choices.join("\u0000");
    const known = this.lists.get(key);
    if (known === undefined) {
      if (this.lists.size < 100_000) this.lists.set(key, row.choices);
      return row;
    }
    return { ...row, choices: known };
  }

  private wrong(problem: string, line: number): void {
    this.problems.add(`${this.placeOf(line)}: ${problem}`);
  }
}
