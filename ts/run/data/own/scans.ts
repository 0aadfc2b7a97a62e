import { dirname, join, relative } from "node:path";
import { inspectPath, readGrid } from "../../../data/index.ts";
import { isTomoeError } from "../../../errors.ts";
import { filesBelow, readHead } from "../../../files/index.ts";

/** A scan below a folder. */
export interface FoundScan {
  /** Relative to the folder: a file, or the folder of a DICOM series. */
  readonly path: string;
  /** Another path that names it: the file of a folder that holds one. */
  readonly alias: string | null;
  readonly what: string;
}

/** What is not read, and why. */
export interface Unread {
  readonly path: string;
  readonly why: string;
}

/** What lies below a folder. */
export interface FolderContent {
  readonly scans: readonly FoundScan[];
  readonly unread: readonly Unread[];
  /** True where every voxel was read, and the HU gate asked. */
  readonly deep: boolean;
  /** CSV, TSV and JSON Lines, relative to the folder. */
  readonly tables: readonly string[];
  /** Files that are neither, by ending. */
  readonly others: ReadonlyMap<string, number>;
}

const scanName = /\.(?:nii|nii\.gz|mha|mhd|nrrd|nhdr)$/i;
const tableName = /\.(?:csv|tsv|jsonl|parquet)$/i;
/** Behind these bytes the mark of DICOM stands. */
const preambleBytes = 128;
/** Of so many scans every voxel is read; of more the headers alone. */
const mostRead = 200;

/**
 * Looks at every file below a folder: scans by their names and marks, of which the headers are read; tables; the rest.
 *
 * @throws TomoeError `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`; `CANCELLED`.
 */
export async function lookThroughFolder(
  folder: string,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<FolderContent> {
  const candidates: string[] = [],
    tables: string[] = [];
  const series = new Map<string, string[]>();
  const others = new Map<string, number>();
  for (const { path } of await filesBelow(folder)) {
    signal.throwIfAborted();
    const name = relative(folder, path.toString());
    if (name.split("/").some((part) => part.startsWith("."))) continue;
    if (tableName.test(name)) tables.push(name);
    else if (scanName.test(name)) candidates.push(name);
    else if (await isDicom(path)) series.set(dirname(name), [...(series.get(dirname(name)) ?? []), name]);
    else {
      const ending = /\.[^./]+$/.exec(name)?.[0].toLowerCase() ?? "no ending";
      others.set(ending, (others.get(ending) ?? 0) + 1);
    }
  }
  const all = [...candidates, ...series.keys()].toSorted();
  const deep = all.length <= mostRead;
  const scans: FoundScan[] = [],
    unread: Unread[] = [];
  for (const [at, path] of all.entries()) {
    const files = series.get(path) ?? [];
    const found = await readIt(join(folder, path), deep, signal);
    if ("what" in found)
      scans.push({ path, alias: files.length === 1 ? (files[0] ?? null) : null, what: found.what });
    else unread.push({ path, why: found.why });
    onProgress(at + 1, all.length);
  }
  return { scans, unread, deep, tables, others };
}

async function isDicom(path: Buffer): Promise<boolean> {
  try {
    const { bytes } = await readHead(path, preambleBytes + 4);
    return bytes.toString("latin1", preambleBytes) === "DICM";
  } catch (error) {
    if (isTomoeError(error)) return false;
    throw error;
  }
}

async function readIt(
  path: string,
  deep: boolean,
  signal: AbortSignal,
): Promise<{ readonly what: string } | { readonly why: string }> {
  try {
    const read = deep ? await inspectPath(path, { signal }) : await readGrid(path, { signal });
    if (read === null) return { what: "not looked into" };
    const mm = (value: number): string => String(Math.round(value * 100) / 100);
    const warnings = read.warnings.map(({ code }) => code).join(", ");
    return {
      what: `${read.format}, ${read.shapeDHW.join(" x ")} voxels of ${read.spacingMmDHW.map(mm).join(" x ")} mm${warnings === "" ? "" : ` (${warnings})`}`,
    };
  } catch (error) {
    if (!isTomoeError(error) || error.code === "CANCELLED" || error.code === "INTERNAL") throw error;
    return { why: `${error.what}. ${error.hint}` };
  }
}
