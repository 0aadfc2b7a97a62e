import { lstat, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { cancelled, TomoeError } from "../../../errors.ts";
import {
  isMissing,
  makeFolders,
  type SpaceWaiter,
  syncFolder,
  writeFailure,
  writeNew,
} from "../../../files/index.ts";
import type { CaseRow, DatasetManifest, ItemRow } from "../../../schema/sample.ts";

/**
 * A dataset folder while it is being written; everything lies in a folder beside the target until it is
 * whole.
 */
export interface DatasetDraft {
  /** Writes one file; `path` is relative to the dataset folder. */
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
  addCase(row: CaseRow, items: readonly ItemRow[]): void;
}

/** What is written and how it is called. */
export type DatasetHeading = Pick<DatasetManifest, "name" | "source" | "facts" | "patchClasses">;

/**
 * Writes a dataset folder all or nothing: files, then cases.jsonl and items.jsonl, the manifest last, then
 * one rename.
 *
 * Every file and folder is flushed to disk before the rename, so that not even a power cut leaves a half one
 * under the name.
 *
 * @param folder target; may exist only as an empty folder
 * @param fill writes the files and adds the cases
 * @param space waits where the disk is full
 * @throws OUTPUT_EXISTS, OUTPUT_CREATE, PERMISSION, DISK_FULL, IO_FAILED, CANCELLED
 */
export async function writeDatasetFolder(
  folder: string,
  heading: DatasetHeading,
  signal: AbortSignal | undefined,
  fill: (draft: DatasetDraft) => Promise<void>,
  space?: SpaceWaiter,
): Promise<DatasetManifest> {
  const target = resolve(folder);
  await requireFree(target);
  const partial = join(dirname(target), `.${basename(target)}.partial-${process.pid}`);
  try {
    await rm(partial, { recursive: true, force: true });
    await makeFolders(partial, { mode: 0o777, space });
    const manifest = await writeParts(partial, heading, signal, fill, space);
    throwIfAborted(signal, target);
    await rename(partial, target);
    await syncFolder(dirname(target));
    return manifest;
  } catch (cause) {
    // A disk that takes nothing any more lets nothing go either: why it failed is what to tell.
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    throw writeFailure(cause, writing(target));
  }
}

/** @throws CANCELLED when the signal is aborted */
export function throwIfAborted(signal: AbortSignal | undefined, target: string): void {
  if (signal?.aborted !== true) return;
  throw cancelled(`writing dataset ${target}`, {
    hint: "Nothing was left behind; run it again.",
    details: { path: target },
    cause: signal.reason,
  });
}

async function writeParts(
  partial: string,
  heading: DatasetHeading,
  signal: AbortSignal | undefined,
  fill: (draft: DatasetDraft) => Promise<void>,
  space: SpaceWaiter | undefined,
): Promise<DatasetManifest> {
  const cases: string[] = [],
    items: string[] = [];
  const folders = new Set<string>([partial]);
  const writeFile = async (path: string, bytes: Uint8Array): Promise<void> => {
    throwIfAborted(signal, partial);
    const file = join(partial, path);
    const parent = dirname(file);
    if (!folders.has(parent)) {
      await makeFolders(parent, { mode: 0o777, space });
      folders.add(parent);
    }
    await writeNew(file, bytes, { mode: 0o666, space });
  };
  const addCase = (row: CaseRow, rows: readonly ItemRow[]): void => {
    cases.push(JSON.stringify(row));
    for (const item of rows) items.push(JSON.stringify(item));
  };
  await fill({ writeFile, addCase });
  const manifest: DatasetManifest = {
    format: "tomoe.dataset/1",
    name: heading.name,
    source: heading.source,
    cases: cases.length,
    items: items.length,
    facts: heading.facts,
    patchClasses: heading.patchClasses,
  };
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  await writeFile("cases.jsonl", encode(cases.map((line) => `${line}\n`).join("")));
  await writeFile("items.jsonl", encode(items.map((line) => `${line}\n`).join("")));
  await writeFile("manifest.json", encode(`${JSON.stringify(manifest, null, 2)}\n`));
  for (const path of folders) await syncFolder(path);
  return manifest;
}

async function requireFree(target: string): Promise<void> {
  const state = await lstat(target).catch((cause: unknown) => {
    if (isMissing(cause)) return null;
    throw writeFailure(cause, writing(target));
  });
  if (state === null) return;
  const entries = state.isDirectory() ? await readdir(target) : null;
  if (entries !== null && entries.length === 0) return;
  throw new TomoeError(
    "OUTPUT_EXISTS",
    `${target} exists and is ${entries === null ? "not a folder" : `not empty (${entries.length} entries)`}`,
    {
      hint: "Choose another folder or remove this one.",
      details: { path: target },
    },
  );
}

function writing(target: string): { readonly action: string; readonly path: string } {
  return { action: `write the dataset ${basename(target)}`, path: target };
}
