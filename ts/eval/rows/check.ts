import { TomoeError } from "../../errors.ts";
import { Problems } from "./problems.ts";
import { type ReaderOptions, type ReadRows, RowReader } from "./reader.ts";
import { type PredictionRow, readRow } from "./row.ts";
import { Together } from "./together.ts";

/**
 * Checks rows, all of them before any is scored.
 *
 * @param where - names a row in errors, e.g. its line.
 * @throws TomoeError `DATA_PREDICTIONS` counting every problem: a key or value that does not fit, a closed target
 * that names no choice or two, ids used twice in a task or that look equal, a case of two subjects, types that
 * differ by case or spaces alone, `subject`, `type` or `answerMode` on some rows alone; `DATA_EMPTY` for no row.
 */
export function checkRows(
  values: readonly unknown[],
  where: (index: number) => string,
): readonly PredictionRow[] {
  const problems = new Problems();
  const rows: PredictionRow[] = [],
    places: number[] = [];
  const together = new Together(
    rows,
    (index) => where(places[index] ?? 0),
    (problem) => problems.add(problem),
  );
  for (const [index, value] of values.entries()) {
    const tell = (problem: string): void => problems.add(`${where(index)}: ${problem}`);
    // They are in memory already.
    const row = readRow(value, tell, { keepsQuestions: true });
    if (row === undefined) continue;
    places.push(index);
    rows.push(row);
    together.see(row, rows.length - 1);
  }
  together.end();
  if (problems.count > 0) throw problems.refusal(values.length);
  if (rows.length === 0)
    throw new TomoeError("DATA_EMPTY", "there are no predictions to score", {
      hint: "Give one JSON object a line: {id, case, task, target, prediction}.",
    });
  return rows;
}

/**
 * Reads a predictions file's text, as `readPredictions` does its bytes.
 *
 * @throws TomoeError as `RowReader.end`.
 */
export function parsePredictions(text: string): readonly PredictionRow[] {
  const reader = new RowReader();
  reader.push(new TextEncoder().encode(text.toWellFormed()));
  return reader.end().rows;
}

/**
 * Reads a predictions file as its bytes come.
 *
 * @param signal - looked at after each piece.
 * @throws TomoeError as `RowReader.end`; the signal's reason.
 */
export async function readPredictions(
  pieces: AsyncIterable<Uint8Array>,
  options: ReaderOptions = {},
  signal?: AbortSignal,
): Promise<ReadRows> {
  const reader = new RowReader(options);
  for await (const piece of pieces) {
    signal?.throwIfAborted();
    reader.push(piece);
  }
  return reader.end();
}
