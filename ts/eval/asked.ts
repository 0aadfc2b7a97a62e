import { createHash } from "node:crypto";
import { z } from "zod";
import { TomoeError } from "../errors.ts";
import { type PredictionRow, typesOf } from "./rows/row.ts";

/** What a run keeps of the items that it was to answer, in `expected.json`: how many, and one digest over all of them. */
export const askedSchema = z.strictObject({
  format: z.literal("tomoe.expected/1"),
  items: z.int().nonnegative(),
  /** SHA-256 over what makes each item, in no order. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
});
export type Asked = z.infer<typeof askedSchema>;

/** What makes an item: everything of a row but what was predicted. */
export type AskedItem = Pick<
  PredictionRow,
  "id" | "case" | "subject" | "task" | "type" | "choices" | "target"
>;

const lineOf = (item: AskedItem): string =>
  JSON.stringify([
    item.task,
    item.id,
    item.case,
    item.subject ?? null,
    typesOf(item).toSorted(),
    item.choices ?? null,
    item.target,
  ]);

/** The number of some items and their digest, which neither their order nor what was predicted changes. */
export function askedOf(items: readonly AskedItem[]): Asked {
  const hash = createHash("sha256");
  for (const line of items.map(lineOf).sort()) hash.update(line).update("\n");
  return { format: "tomoe.expected/1", items: items.length, digest: hash.digest("hex") };
}

/** How a signature says it: "60 of 60@digest". */
export const askedSignature = ({ items, digest }: Asked): string =>
  `${items} of ${items}@${digest.slice(0, 16)}`;

/**
 * Holds the predictions of a run against what the run was to answer.
 *
 * @throws TomoeError `DATA_PREDICTIONS` with how many there are of how many, where an item is missing, foreign or altered.
 */
export function holdToAsked(rows: readonly AskedItem[], asked: Asked): void {
  const found = askedOf(rows);
  if (found.digest === asked.digest && found.items === asked.items) return;
  const counts = `${found.items} rows for ${asked.items} items`;
  throw new TomoeError(
    "DATA_PREDICTIONS",
    found.items === asked.items
      ? `the predictions are not of the ${asked.items} items that the run asked: one or more are altered`
      : `the predictions are not all of what the run asked: ${counts}`,
    {
      hint: "The run's predictions were changed after it ended. Give the file by its path elsewhere to score other rows, with --against for its items.",
      details: {
        given: found.items,
        expected: asked.items,
        digest: found.digest,
        expectedDigest: asked.digest,
      },
    },
  );
}
