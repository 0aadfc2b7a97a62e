import { createHash } from "node:crypto";
import { join } from "node:path";
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
import type { TaskId } from "../../schema/task.ts";
import type { Calibration } from "../volume/source.ts";
import { itemsByCase, refuseDuplicates, refuseLeaks } from "./cross-check.ts";
import { parseRow, parseRows } from "./rows.ts";

export type SplitName = CaseRow["split"];

/** One case with everything asked about it. */
export interface DatasetCase {
  readonly row: CaseRow;
  /** Of a large data set they are read anew each time they are asked for. */
  readonly items: readonly ItemRow[];
  /** What a table beside the scan states in place of its header. */
  readonly calibration?: Calibration | undefined;
  /** The split of its row, where that is known without reading it. */
  readonly split?: SplitName | undefined;
  /** Tasks of its items, where they are known without reading any. */
  readonly tasks?: readonly TaskId[] | undefined;
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

/**
 * Opens a dataset folder and checks all of it: every row against its schema, ids unique, items naming cases
 * that exist,
 * choices holding their target once, no subject in two splits.
 *
 * @param options - `keepsLeaks`: subjects may be in two splits, which somebody allows, or which are drawn anew.
 * @throws TomoeError `PATH_NOT_FOUND`, `DATA_MANIFEST` (with file and line), `DATA_LEAK`, `DATA_EMPTY`.
 */
export async function openDataset(
  folder: string,
  { keepsLeaks = false }: { readonly keepsLeaks?: boolean } = {},
): Promise<Dataset> {
  // First by itself: of a folder that is none, the same file is named each time.
  const manifestText = await readPart(join(folder, "manifest.json"));
  const [casesText, itemsText] = await Promise.all(
    ["cases.jsonl", "items.jsonl"].map((name) => readPart(join(folder, name))),
  );
  const manifest = parseRow(datasetManifestSchema, manifestText, "manifest.json");
  const cases = parseRows(caseRowSchema, casesText ?? "", "cases.jsonl");
  const items = parseRows(itemRowSchema, itemsText ?? "", "items.jsonl");
  if (cases.length === 0)
    throw new TomoeError("DATA_EMPTY", `${folder} holds no cases`, {
      hint: "Write one row per scan into cases.jsonl.",
      details: { path: folder },
    });
  if (cases.length !== manifest.cases || items.length !== manifest.items) {
    throw new TomoeError(
      "DATA_MANIFEST",
      `manifest.json counts ${manifest.cases} cases and ${manifest.items} items, the files hold ${cases.length} and ${items.length}`,
      { hint: "Copy the dataset again: a file was cut off, or the manifest is of another version." },
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
  if (!keepsLeaks) refuseLeaks(cases);
  const byCase = itemsByCase(cases, items);
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
