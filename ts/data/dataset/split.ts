import { createHash } from "node:crypto";
import { TomoeError } from "../../errors.ts";
import type { Dataset, DatasetCase, SplitName } from "./case.ts";
import { permutation } from "./order.ts";

/**
 * Replaces the split column: subjects are drawn into splits by share, in an order fixed by the seed.
 *
 * @param shares - of the subjects, 0..1, summing to 1; every split with a share above 0 gets at least one
 * subject.
 * @throws TomoeError `DATA_EMPTY` when there are fewer subjects than splits.
 */
export function splitBySubject(
  dataset: Dataset,
  shares: { readonly train: number; readonly validation: number; readonly test: number },
  seed: number,
): Dataset {
  const subjects = [...new Set(dataset.cases.map(({ row }) => row.subject))].sort();
  const names = (["train", "validation", "test"] as const).filter((name) => shares[name] > 0);
  if (subjects.length < names.length) {
    throw new TomoeError("DATA_EMPTY", `${subjects.length} subjects cannot fill ${names.length} splits`, {
      hint: "Add scans of more patients, or set a share to 0.",
      details: { subjects: subjects.length },
    });
  }
  const order = permutation(subjects.length, `split/${seed}`);
  const counts = names.map((name) => Math.max(1, Math.round(shares[name] * subjects.length)));
  counts[0] = subjects.length - counts.slice(1).reduce((sum, count) => sum + count, 0);
  const splitOf = new Map<string, SplitName>();
  let next = 0;
  names.forEach((name, index) => {
    for (let taken = 0; taken < (counts[index] ?? 0); taken += 1, next += 1)
      splitOf.set(subjects[order(next)] ?? "", name);
  });
  const cases = dataset.cases.map((entry) => inSplit(entry, splitOf.get(entry.row.subject)));
  return {
    ...dataset,
    cases,
    fingerprint: createHash("sha256")
      .update(`${dataset.fingerprint}/${seed}/${JSON.stringify(shares)}`)
      .digest("hex"),
  };
}

/** A case in another split. Rows and items of a large data set are read when they are asked for. */
function inSplit(entry: DatasetCase, split: SplitName = entry.row.split): DatasetCase {
  return {
    split,
    get row() {
      return { ...entry.row, split };
    },
    get items() {
      return entry.items;
    },
    get calibration() {
      return entry.calibration;
    },
    get tasks() {
      return entry.tasks;
    },
  };
}

/** The cases of one split, in the order of the file. */
export function casesOf(dataset: Dataset, split: SplitName): readonly DatasetCase[] {
  return dataset.cases.filter((one) => (one.split ?? one.row.split) === split);
}
