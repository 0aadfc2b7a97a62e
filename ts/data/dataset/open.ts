import { createHash, type Hash } from "node:crypto";
import { join } from "node:path";
import { TomoeError } from "../../errors.ts";
import { isMissing, kindOfPath, readText } from "../../files/index.ts";
import { caseRowSchema, datasetManifestSchema, itemRowSchema } from "../../schema/sample.ts";
import type { Dataset, DatasetCase } from "./case.ts";
import { CheckedItems, refuseDuplicates, refuseLeaks } from "./cross-check.ts";
import { Looks } from "./indexed/looks.ts";
import { type BeginSink, type IndexPlace, indexed } from "./indexed/open.ts";
import { parsedLines, parseRow } from "./rows.ts";

/** How a data set's folder is opened. */
export interface OpenDatasetOptions {
  /** Subjects may be in two splits, which somebody allows, or which are drawn anew. */
  readonly keepsLeaks?: boolean;
  /** Where an index of its rows is kept; none where null or absent. */
  readonly index?: IndexPlace | null;
  readonly signal?: AbortSignal | undefined;
}

const parts = { manifest: "manifest.json", cases: "cases.jsonl", items: "items.jsonl" } as const;

/**
 * Opens a dataset folder and checks all of it: every row against its schema, ids unique, items naming cases
 * that exist,
 * choices holding their target once, no subject in two splits. Where an index of such a walk is kept and no file changed,
 * without a walk.
 *
 * @throws TomoeError `PATH_NOT_FOUND`, `DATA_MANIFEST` (with file and line), `DATA_LEAK`, `DATA_EMPTY`; `CANCELLED`.
 */
export async function openDataset(
  folder: string,
  { keepsLeaks = false, index = null, signal }: OpenDatasetOptions = {},
): Promise<Dataset> {
  const looks = new Looks();
  const of = { layout: "folder", folder, keepsLeaks };
  const { dataset } = await indexed(index, { of, looks, signal }, async (begin) => {
    for (const name of Object.values(parts)) looks.content(join(folder, name));
    return { dataset: await walked(folder, { keepsLeaks, signal, begin }), more: null };
  });
  return dataset;
}

interface Walk {
  readonly keepsLeaks: boolean;
  readonly signal: AbortSignal | undefined;
  readonly begin: BeginSink;
}

async function walked(folder: string, { keepsLeaks, signal, begin }: Walk): Promise<Dataset> {
  const manifestText = await readManifest(folder);
  const manifest = parseRow(datasetManifestSchema, manifestText, parts.manifest);
  const hash = createHash("sha256").update(manifestText);
  const cases = await Array.fromAsync(rowsOf(caseRowSchema, parts.cases, { folder, hash, signal }));
  const items = new CheckedItems(cases);
  for await (const row of rowsOf(itemRowSchema, parts.items, { folder, hash, signal })) items.add(row);
  if (cases.length === 0)
    throw new TomoeError("DATA_EMPTY", `${folder} holds no cases`, {
      hint: "Write one row per scan into cases.jsonl.",
      details: { path: folder },
    });
  if (cases.length !== manifest.cases || items.count !== manifest.items) {
    throw new TomoeError(
      "DATA_MANIFEST",
      `manifest.json counts ${manifest.cases} cases and ${manifest.items} items, the files hold ${cases.length} and ${items.count}`,
      { hint: "Copy the dataset again: a file was cut off, or the manifest is of another version." },
    );
  }
  refuseDuplicates(
    cases.map((row) => row.case),
    "case",
    parts.cases,
  );
  items.refuseDuplicates();
  if (!keepsLeaks) refuseLeaks(cases);
  items.refuseProblem();
  const entries = cases.map((row, at): DatasetCase => {
    return {
      row,
      get items() {
        return items.of(at);
      },
    };
  });
  const keep = begin(entries.length);
  for (const one of keep === null ? [] : entries) {
    const { row, items: asked } = one;
    await keep?.({ row, items: asked, itemsJson: JSON.stringify(asked) });
  }
  return { folder, manifest, fingerprint: hash.digest("hex"), cases: entries };
}

/** By itself and first: of a folder that is none, the same file is named each time. */
async function readManifest(folder: string): Promise<string> {
  const text = await naming(join(folder, parts.manifest), readText);
  for (const name of [parts.cases, parts.items]) await naming(join(folder, name), kindOfPath);
  return text;
}

/** Rows of a part, each line digested as it comes. */
function rowsOf<T>(
  schema: Parameters<typeof parsedLines<T>>[0],
  file: string,
  {
    folder,
    hash,
    signal,
  }: { readonly folder: string; readonly hash: Hash; readonly signal: AbortSignal | undefined },
): AsyncIterable<T> {
  hash.update("\n\0\n");
  return parsedLines(schema, { path: join(folder, file), file, signal }, (text) => hash.update(text));
}

async function naming<T>(path: string, look: (path: string) => Promise<T>): Promise<T> {
  try {
    return await look(path);
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new TomoeError("PATH_NOT_FOUND", `${path} does not exist`, {
      hint: "A dataset folder holds manifest.json, cases.jsonl, items.jsonl and the volumes they name.",
      details: { path },
      cause,
    });
  }
}
