import { join } from "node:path";
import { isTomoeError } from "../../errors.ts";
import { writeWhole } from "../../files/index.ts";
import { findSegments, indexFile } from "./read-series.ts";
import { encodeIndex } from "./segment-index.ts";

/**
 * Writes the index of every segment that has none that fits. It is derived: a folder that takes no file is left as it
 * is, and read line by line.
 *
 * @param folder - the run's `metrics/`.
 * @returns names of the segments that have an index now and had none.
 */
export async function keepMetricIndex(folder: string): Promise<readonly string[]> {
  const kept: string[] = [];
  try {
    for (const { segment, bytes, series, isIndexed } of await findSegments(folder)) {
      if (isIndexed || bytes === 0) continue;
      await writeWhole(join(folder, indexFile(segment)), encodeIndex(series, bytes));
      kept.push(segment);
    }
  } catch (cause) {
    if (!isTomoeError(cause)) throw cause;
  }
  return kept;
}
