import { createHash } from "node:crypto";
import { join } from "node:path";
import type { z } from "zod";
import { TomoeError } from "../../errors.ts";
import { isMissing, readText } from "../../files/index.ts";
import {
  type CaseRow,
  caseRowSchema,
  type DatasetManifest,
  datasetManifestSchema,
  type ItemRow,
  itemRowSchema,
} from "../../schema/sample.ts";
import { predicts } from "../../schema/task.ts";
import { permutation } from "./order.ts";

export type SplitName = CaseRow["split"];

/** One case with everything asked about it. */
export interface DatasetCase {
  readonly row: CaseRow;
  readonly items: readonly ItemRow[];
}

/** A dataset folder as read: checked against its schemas, its cross-references resolved. */
export interface Dataset {
  readonly folder: string;
  readonly manifest: DatasetManifest;
  /** SHA-256 over manifest, cases and items: what the order of samples is fixed by. */
  readonly fingerprint: string;
  readonly cases: readonly DatasetCase[];
}

async function readPart(path: string): Promise<string> {
  try {
    return await readText(path);
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new TomoeError("PATH_NOT_FOUND", `${path} does not exist`, {
      hint: "A dataset folder holds manifest.json, cases.jsonl, items.jsonl and the volumes they name.",
      details: { path },
      cause,
    });
  }
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TomoeError("DATA_MANIFEST", `${where} is not JSON`, {
      hint: "write one JSON object a line",
      details: { where },
      cause,
    });
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "row"}: ${issue.message}`);
  throw new TomoeError("DATA_MANIFEST", `${where}: ${problems.join("; ")}`, {
    hint: "see ts/schema/sample.ts for the row's keys",
    details: { where, problems },
  });
}

function rows<T>(schema: z.ZodType<T>, text: string, file: string): T[] {
  return text
    .split("\n")
    .flatMap((line, index) =>
      line.trim() === ""
        ? []
        : [checked(schema, parseJson(line, `${file}:${index + 1}`), `${file}:${index + 1}`)],
    );
}

function checkItem(item: ItemRow, file: string): void {
  const closed = predicts(item.task, "choice");
  if (closed !== (item.choices !== undefined)) {
    throw new TomoeError(
      "DATA_MANIFEST",
      `${file}: item "${item.id}" is ${item.task} ${closed ? "without" : "with"} choices`,
      { hint: "closed-vqa items, and only they, have four choices", details: { item: item.id } },
    );
  }
  if (
    closed &&
    item.choices !== undefined &&
    item.choices.filter((choice) => choice === item.target).length !== 1
  ) {
    throw new TomoeError(
      "DATA_MANIFEST",
      `${file}: the target of item "${item.id}" is not exactly one of its choices`,
      { hint: "write the target as the text of one choice", details: { item: item.id } },
    );
  }
}

function duplicates(ids: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return ids.filter((id) => seen.size === seen.add(id).size);
}

function refuseDuplicates(ids: readonly string[], what: string, file: string): void {
  const twice = duplicates(ids);
  if (twice.length > 0)
    throw new TomoeError("DATA_MANIFEST", `${file}: the ${what} id "${twice[0] ?? ""}" is used twice`, {
      hint: "ids are unique in a dataset",
      details: { ids: twice.slice(0, 10) },
    });
}

/** Raises `DATA_LEAK` when a subject stands in more than one split. */
function refuseLeaks(cases: readonly CaseRow[]): void {
  const splitOf = new Map<string, string>();
  for (const row of cases) {
    const other = splitOf.get(row.subject);
    if (other !== undefined && other !== row.split) {
      throw new TomoeError(
        "DATA_LEAK",
        `subject "${row.subject}" stands in split "${other}" and in split "${row.split}"`,
        { hint: "put all cases of a subject into one split", details: { subject: row.subject } },
      );
    }
    splitOf.set(row.subject, row.split);
  }
}

/**
 * Opens a dataset folder and checks all of it: every row against its schema, ids unique, items naming cases
 * that exist,
 * choices holding their target once, no subject in two splits.
 *
 * @throws TomoeError `PATH_NOT_FOUND`, `DATA_MANIFEST` (with file and line), `DATA_LEAK`, `DATA_EMPTY`.
 */
export async function openDataset(folder: string): Promise<Dataset> {
  const [manifestText, casesText, itemsText] = await Promise.all(
    ["manifest.json", "cases.jsonl", "items.jsonl"].map((name) => readPart(join(folder, name))),
  );
  const manifest = checked(
    datasetManifestSchema,
    parseJson(manifestText ?? "", "manifest.json"),
    "manifest.json",
  );
  const cases = rows(caseRowSchema, casesText ?? "", "cases.jsonl"),
    items = rows(itemRowSchema, itemsText ?? "", "items.jsonl");
  if (cases.length === 0)
    throw new TomoeError("DATA_EMPTY", `${folder} holds no cases`, {
      hint: "write one row per scan into cases.jsonl",
      details: { path: folder },
    });
  if (cases.length !== manifest.cases || items.length !== manifest.items) {
    throw new TomoeError(
      "DATA_MANIFEST",
      `manifest.json counts ${manifest.cases} cases and ${manifest.items} items, the files hold ${cases.length} and ${items.length}`,
      { hint: "a file was cut off, or the manifest is of another version" },
    );
  }
  refuseDuplicates(
    cases.map((row) => row.case),
    "case",
    "cases.jsonl",
  );
  refuseDuplicates(
    items.map((row) => row.id),
    "item",
    "items.jsonl",
  );
  refuseLeaks(cases);
  const byCase = new Map<string, ItemRow[]>(cases.map((row) => [row.case, []]));
  for (const item of items) {
    checkItem(item, "items.jsonl");
    const list = byCase.get(item.case);
    if (list === undefined)
      throw new TomoeError(
        "DATA_MANIFEST",
        `items.jsonl: item "${item.id}" names case "${item.case}", which cases.jsonl does not have`,
        { hint: "add the case, or remove the item", details: { item: item.id } },
      );
    list.push(item);
  }
  const fingerprint = createHash("sha256")
    .update([manifestText, casesText, itemsText].join("\n\0\n"))
    .digest("hex");
  return {
    folder,
    manifest,
    fingerprint,
    cases: cases.map((row) => ({ row, items: byCase.get(row.case) ?? [] })),
  };
}

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
      hint: "add scans of more patients, or set a share to 0",
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
  const cases = dataset.cases.map((entry) => ({
    ...entry,
    row: { ...entry.row, split: splitOf.get(entry.row.subject) ?? entry.row.split },
  }));
  return {
    ...dataset,
    cases,
    fingerprint: createHash("sha256")
      .update(`${dataset.fingerprint}/${seed}/${JSON.stringify(shares)}`)
      .digest("hex"),
  };
}

/** The cases of one split, in the order of the file. */
export function casesOf(dataset: Dataset, split: SplitName): readonly DatasetCase[] {
  return dataset.cases.filter(({ row }) => row.split === split);
}
