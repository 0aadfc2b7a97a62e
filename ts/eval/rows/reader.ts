import { TomoeError } from "../../errors.ts";
import { type Fields, type ForeignFormat, isObject, noCase } from "../external/foreign.ts";
import { formatOf } from "../external/index.ts";
import { JsonLines } from "./lines.ts";
import { escaped, Problems } from "./problems.ts";
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
  /** What a problem names by its number; "line 3" when absent. */
  readonly placeOf?: (number: number) => string;
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
  /** Undefined before the first object; null for rows of our own. */
  private format: ForeignFormat | null | undefined;
  private taken = 0;
  /** The place that was refused last: it counts once, however much is wrong with it. */
  private refused = 0;
  private repeats = 0;
  private withoutCase = 0;

  constructor(options: ReaderOptions = {}) {
    this.options = options;
    this.together = new Together(
      this.rows,
      (index) => this.placeOf(this.lines[index] ?? 0),
      (problem) => this.problems.add(problem),
    );
    this.file = new JsonLines({
      value: (value, line, isWhole) => this.take(value, line, isWhole),
      problem: (problem, line) => this.tell(problem, line),
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
    if (this.problems.count > 0) throw this.problems.refusal(Math.max(this.file.given, this.taken));
    if (this.rows.length === 0)
      throw new TomoeError("DATA_EMPTY", "there are no predictions to score", {
        hint: "Give one JSON object a line: {id, case, task, target, prediction}.",
      });
    return { rows: this.rows, warnings: [...this.together.warnings(), ...this.foreignWarnings()] };
  }

  /** Tells a problem of what stands at a place, and is not taken. */
  refuse(problem: string, number: number): void {
    if (number !== this.refused) this.taken += 1;
    this.refused = number;
    this.tell(problem, number);
  }

  /**
   * Takes one object of the file: a line, a row of a table, a sample of an archive. The first one tells whether the
   * file is of another program (`external/`).
   *
   * @param isWhole - false where a problem of it was told before.
   */
  take(value: unknown, number: number, isWhole = true): void {
    let isRight = isWhole;
    const wrong = (problem: string): void => {
      isRight = false;
      this.tell(problem, number);
    };
    this.taken += 1;
    if (this.format === undefined) this.format = (isObject(value) && formatOf(value)) || null;
    const fields = this.format === null ? value : this.foreign(value, this.format, wrong);
    // What cannot be read as an item is told once, not again for each key that it then lacks.
    if (fields === undefined || (this.format !== null && !isRight)) return;
    const row = readRow(fields, wrong, this.options);
    if (row === undefined || !isRight) return;
    this.lines.push(number);
    this.rows.push(this.sharing(row));
    this.together.see(row, this.rows.length - 1);
  }

  private foreign(
    value: unknown,
    format: ForeignFormat,
    wrong: (problem: string) => void,
  ): Fields | undefined {
    if (!isObject(value) || !format.fits(value)) {
      wrong(`it is none of the ${format.name}, as the first one is`);
      return undefined;
    }
    const fields = format.fields(value, wrong);
    if (fields === undefined) {
      this.repeats += 1;
      return undefined;
    }
    const { [noCase]: isAlone, ...rest } = fields;
    if (isAlone === true) this.withoutCase += 1;
    for (const key of ["prediction", "target"])
      if (typeof rest[key] === "string" && !rest[key].isWellFormed())
        wrong(`half a surrogate pair stands in ${key}: no text that another program could hold`);
    return rest;
  }

  private foreignWarnings(): readonly Warning[] {
    if (!this.format) return [];
    const { name } = this.format,
      count = this.rows.length;
    const warning = (code: string, message: string): Warning => ({ code, message });
    return [
      warning("FORMAT_READ", `the rows are ${name}: ${count} items`),
      ...(this.repeats === 0
        ? []
        : [
            warning(
              "FILTERS_REPEAT",
              `${this.repeats} lines repeat items under another filter or metric: what was said is read once`,
            ),
          ]),
      ...(this.withoutCase === 0
        ? []
        : [
            warning(
              "CASE_ASSUMED",
              `${this.withoutCase} of ${count} items name no case, and each counts as a case of its own: keep "case" and "patient" with the items, or the intervals are too narrow`,
            ),
          ]),
    ];
  }

  private tell(problem: string, number: number): void {
    this.problems.add(escaped(`${this.placeOf(number)}: ${problem}`));
  }

  private placeOf(number: number): string {
    const { file, placeOf } = this.options;
    return `${file === undefined ? "" : `${file}, `}${placeOf?.(number) ?? `line ${number}`}`;
  }

  /** Files repeat a few lists of choices a million times: one of each is kept. */
  private sharing(row: PredictionRow): PredictionRow {
    if (row.choices === undefined) return row;
    const key = JSON.stringify(row.choices);
    const known = this.lists.get(key);
    if (known === undefined) {
      if (this.lists.size < 100_000) this.lists.set(key, row.choices);
      return row;
    }
    return { ...row, choices: known };
  }
}
