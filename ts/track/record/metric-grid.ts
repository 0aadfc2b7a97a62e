import { recordInvalid } from "./invalid.ts";

/** One number of a run. `(stage, step, name)` is its primary key. */
export interface MetricRecord {
  readonly stage: string;
  /** Optimizer step within the stage, from 0. */
  readonly step: number;
  readonly name: string;
  /** May be NaN or infinite: those are written as strings, since JSON has no such numbers. */
  readonly value: number;
  /** Seconds since the attempt began, by a monotonic clock; no part of the key or of what is compared. */
  readonly wallSeconds: number;
  /**
   * True for what no second run repeats (seconds a step, bytes in use): its key has the attempt in it too, so
   * a replayed step may differ.
   * Absent: a result, which a replayed step must give again.
   */
  readonly measured?: boolean;
}

/**
 * Many points on one line of the record: rows are steps, columns are names, in the order they were recorded, row by
 * row. A number that JSON does not have stands as its word.
 */
export interface MetricGrid {
  readonly attempt: number;
  readonly stage: string;
  /** One a column. */
  readonly names: readonly string[];
  /** Columns that no second run repeats. */
  readonly measured: readonly number[];
  /** One a row, in the order recorded. */
  readonly steps: readonly number[];
  /** One a row, to the microsecond. */
  readonly wallSeconds: readonly number[];
  /** A column after the other, each with a value a row. */
  readonly values: readonly (readonly number[])[];
}

/** A grid is cut at so many points, so that a line stays one that any reader can hold. */
const pointsALine = 65_536;

/** Columns of the row that begins at `from`: records of one stage, step and moment, each name once. */
function widthOf(records: readonly MetricRecord[], from: number): number {
  const first = records[from] as MetricRecord;
  let at = from + 1;
  for (; at < records.length && at - from < pointsALine; at += 1) {
    const one = records[at] as MetricRecord;
    if (one.stage !== first.stage || one.step !== first.step || one.wallSeconds !== first.wallSeconds) break;
  }
  return at - from;
}

function isLikeRow(records: readonly MetricRecord[], first: number, row: number, width: number): boolean {
  if (row + width > records.length) return false;
  const { step, wallSeconds } = records[row] as MetricRecord;
  for (let column = 0; column < width; column += 1) {
    const like = records[first + column] as MetricRecord,
      one = records[row + column] as MetricRecord;
    if (
      one.name !== like.name ||
      one.stage !== like.stage ||
      one.measured !== like.measured ||
      one.step !== step ||
      one.wallSeconds !== wallSeconds
    )
      return false;
  }
  return true;
}

/**
 * Records as grids whose rows, one after the other, are the records again.
 *
 * @param attempt - that writes them.
 */
export function gridsOf(records: readonly MetricRecord[], attempt: number): readonly MetricGrid[] {
  const grids: MetricGrid[] = [];
  for (let from = 0; from < records.length; ) {
    const width = widthOf(records, from);
    const mostRows = Math.max(1, Math.floor(pointsALine / width));
    let rows = 1;
    while (rows < mostRows && isLikeRow(records, from, from + rows * width, width)) rows += 1;
    grids.push(gridAt(records, { from, width, rows, attempt }));
    from += width * rows;
  }
  return grids;
}

function gridAt(
  records: readonly MetricRecord[],
  { from, width, rows, attempt }: { from: number; width: number; rows: number; attempt: number },
): MetricGrid {
  const columns = records.slice(from, from + width);
  const rowStarts = Array.from({ length: rows }, (_, row) => records[from + row * width] as MetricRecord);
  return {
    attempt,
    stage: columns[0]?.stage ?? "",
    names: columns.map(({ name }) => name),
    measured: columns.flatMap(({ measured }, column) => (measured === true ? [column] : [])),
    steps: rowStarts.map(({ step }) => step),
    wallSeconds: rowStarts.map(({ wallSeconds }) => Math.round(wallSeconds * 1e6) / 1e6),
    values: columns.map((_, column) =>
      Array.from(
        { length: rows },
        (_row, row) => (records[from + row * width + column] as MetricRecord).value,
      ),
    ),
  };
}

const isRising = (steps: readonly number[]): boolean => {
  const first = steps[0] ?? 0;
  return steps.every((step, row) => step === first + row);
};

/** JSON would turn -0 into 0, and has no NaN and no infinity. */
const isSpecial = (value: number): boolean => !Number.isFinite(value) || Object.is(value, -0);
const wordOf = (value: number): string | number =>
  Object.is(value, -0) ? "-0" : Number.isFinite(value) ? value : String(value);

function columnText(values: readonly number[]): string {
  return JSON.stringify(values.some(isSpecial) ? values.map(wordOf) : values);
}

/** The grid as canonical JSON: keys in their order, numbers as JSON has them, steps that rise by 1 as where they begin. */
export function gridText({
  attempt,
  stage,
  names,
  measured,
  steps,
  wallSeconds,
  values,
}: MetricGrid): string {
  const stepText = isRising(steps) ? String(steps[0] ?? 0) : JSON.stringify(steps);
  const parts = [
    `"attempt":${attempt}`,
    ...(measured.length === 0 ? [] : [`"measured":${JSON.stringify(measured)}`]),
    `"names":${JSON.stringify(names)}`,
    `"rows":${steps.length}`,
    `"stage":${JSON.stringify(stage)}`,
    `"step":${stepText}`,
    `"values":[${values.map(columnText).join(",")}]`,
    `"wallSeconds":${JSON.stringify(wallSeconds)}`,
  ];
  return `{${parts.join(",")}}`;
}

type Body = Readonly<Record<string, unknown>>;

const isList = (value: unknown, length: number): value is readonly unknown[] =>
  Array.isArray(value) && value.length === length;
const words: ReadonlySet<unknown> = new Set(["NaN", "Infinity", "-Infinity", "-0"]);

function numbersOf(value: unknown, length: number): readonly number[] | undefined {
  if (!isList(value, length)) return undefined;
  let hasWords = false;
  for (const one of value) {
    if (typeof one === "number") continue;
    if (!words.has(one)) return undefined;
    hasWords = true;
  }
  return hasWords ? value.map(Number) : (value as readonly number[]);
}

function stepsOf(value: unknown, rows: number): readonly number[] | undefined {
  return typeof value === "number"
    ? Array.from({ length: rows }, (_, row) => value + row)
    : numbersOf(value, rows);
}

/** The grid of a line; undefined for the line of one point. `RECORD_INVALID` for a grid that is none. */
export function decodeGrid(body: Body, seq: number, folder: string): MetricGrid | undefined {
  if (body.names === undefined) return undefined;
  const { attempt, stage, names, measured = [], rows } = body;
  const count = typeof rows === "number" && Number.isSafeInteger(rows) && rows > 0 ? rows : -1;
  const steps = stepsOf(body.step, count);
  const wallSeconds = numbersOf(body.wallSeconds, count);
  const columns = Array.isArray(names) && isList(body.values, names.length) ? body.values : [];
  const values = columns.flatMap((column) => {
    const found = numbersOf(column, count);
    return found === undefined ? [] : [found];
  });
  if (
    typeof attempt !== "number" ||
    typeof stage !== "string" ||
    !Array.isArray(names) ||
    names.length === 0 ||
    !names.every((name) => typeof name === "string") ||
    !Array.isArray(measured) ||
    !measured.every((column) => typeof column === "number") ||
    steps === undefined ||
    wallSeconds === undefined ||
    values.length !== names.length
  )
    throw recordInvalid(folder, `record ${seq} is not a grid of metrics`, { record: seq });
  return { attempt, stage, names, measured, steps, wallSeconds, values };
}
