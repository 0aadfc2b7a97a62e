import { z } from "zod";
import { TomoeError } from "../errors.ts";
import { questionTypes, taskIds } from "../schema/task.ts";

/** One line of a predictions file. Further keys are allowed and ignored, so that a run's own `predictions.jsonl` can be scored as it is. */
export const predictionRowSchema = z.looseObject({
  id: z.string().min(1),
  case: z.string().min(1),
  /** Unit of clustering; the case when absent. */
  subject: z.string().min(1).optional(),
  task: z.enum(taskIds),
  type: z.enum(questionTypes).optional(),
  choices: z.array(z.string().min(1)).min(2).max(26).optional(),
  target: z.string().min(1),
  prediction: z.string(),
});
export type PredictionRow = z.infer<typeof predictionRowSchema>;

/**
 * Checks rows, all of them before any is scored.
 *
 * @param where - names a row in errors, e.g. its line.
 * @throws TomoeError `DATA_MANIFEST` for a row that does not fit, a closed one without choices, an id used twice; `DATA_EMPTY` for none.
 */
export function checkRows(values: readonly unknown[], where: (index: number) => string): readonly PredictionRow[] {
  if (values.length === 0) throw new TomoeError("DATA_EMPTY", "there are no predictions to score", { hint: "give one JSON object a line" });
  const ids = new Set<string>();
  return values.map((value, index) => {
    const parsed = predictionRowSchema.safeParse(value);
    const refuse = (why: string): TomoeError => new TomoeError("DATA_MANIFEST", `${where(index)}: ${why}`, { hint: "see `tomoe score --help` for the keys of a row", details: { row: index } });
    if (!parsed.success) throw refuse(parsed.error.issues.map((issue) => `${issue.path.join(".") || "row"}: ${issue.message}`).join("; "));
    const row = parsed.data;
    if (row.task === "closed-vqa" && row.choices === undefined) throw refuse(`"${row.id}" is closed-vqa without choices`);
    if (ids.has(row.id)) throw refuse(`the id "${row.id}" is used twice`);
    ids.add(row.id);
    return row;
  });
}

/**
 * Reads a predictions file's text.
 *
 * @throws TomoeError `DATA_MANIFEST` naming the line; `DATA_EMPTY`.
 */
export function parsePredictions(text: string): readonly PredictionRow[] {
  const values: unknown[] = [], lines: number[] = [];
  text.split("\n").forEach((line, index) => {
    if (line.trim() === "") return;
    try {
      values.push(JSON.parse(line));
    } catch (cause) {
      throw new TomoeError("DATA_MANIFEST", `line ${index + 1} is not JSON`, { hint: "write one JSON object a line", details: { line: index + 1 }, cause });
    }
    lines.push(index + 1);
  });
  return checkRows(values, (index) => `line ${lines[index] ?? "?"}`);
}
