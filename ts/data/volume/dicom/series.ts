import { createHash } from "node:crypto";
import { type JsonValue, TomoeError } from "../../../errors.ts";
import {
  filesBelow,
  kindOfPath,
  printable,
  readHead,
  readWhole,
  throwIfAborted,
} from "../../../files/index.ts";
import type { ReadLog } from "../log.ts";
import type { DicomElements } from "./elements.ts";
import { objectKind, requireSlice, shownModality } from "./object-kind.ts";
import { dicomError } from "./problem.ts";
import { hasDicomMark, scanElements } from "./scan.ts";
import { digest, type SliceHeader, sliceHeader } from "./slice.ts";

const headBytes = 65536;

/** A slice and the file it came from; the path is used to read its pixels and goes no further. */
export interface SliceFile extends SliceHeader {
  readonly path: string;
}

/** A series found in a folder. */
interface FoundSeries {
  readonly files: { readonly path: string; readonly elements: DicomElements; readonly headDigest: string }[];
}

/**
 * Finds the slices at a path: of one file, or of the one series below a folder (or the one asked for).
 *
 * @param series - hashed id of the series to take, from the listing of an earlier refusal.
 * @throws TomoeError `DATA_EMPTY`, `DATA_NOT_CT`, `DATA_UNSUPPORTED`, `DATA_SERIES_MIXED` with the listing in
 * `details.series`, `USAGE_INVALID`
 *   for an unknown id, and the errors of each file's header.
 */
export async function findSlices(
  path: string,
  kind: "file" | "folder",
  series: string | undefined,
  maxBytes: number,
  signal: AbortSignal | undefined,
  log: ReadLog,
): Promise<readonly SliceFile[]> {
  if (kind === "file") {
    if (series !== undefined)
      throw new TomoeError("USAGE_INVALID", "a series was chosen, but the path is one file", {
        hint: "Give the folder, or leave the series out.",
        details: { series },
      });
    const elements = await readElements(path, printable(path), maxBytes);
    requireSlice(elements);
    return [{ ...sliceHeader(elements), path }];
  }
  const found = await scanFolder(path, maxBytes, signal, log);
  const chosen = choose(found, series, path);
  return chosen.files.map(({ path: file, elements }) => {
    requireSlice(elements);
    return { ...sliceHeader(elements), path: file };
  });
}

/** The allow-listed elements of a file: its beginning when they lie there, else all of it. */
async function readElements(path: string, where: string, maxBytes: number): Promise<DicomElements> {
  const { bytes, sizeBytes } = await readHead(path, headBytes);
  const early = scanElements(bytes, bytes.length === sizeBytes, where);
  if (early !== undefined) return early;
  return readAllElements(path, where, maxBytes);
}

/** The allow-listed elements of a file with all of its bytes. */
export async function readAllElements(path: string, where: string, maxBytes: number): Promise<DicomElements> {
  const elements = scanElements(await readWhole(path, maxBytes), true, where);
  if (elements === undefined) throw dicomError("DATA_DICOM_PARSE", `${where}: the file has no end`, {});
  return elements;
}

async function scanFolder(
  folder: string,
  maxBytes: number,
  signal: AbortSignal | undefined,
  log: ReadLog,
): Promise<ReadonlyMap<string, FoundSeries>> {
  const paths = await filesBelow(folder);
  if (paths.length === 0)
    throw new TomoeError("DATA_EMPTY", `${printable(folder)} holds no files`, {
      hint: "Give a folder of one DICOM series.",
      details: { path: folder },
    });
  const series = new Map<string, FoundSeries>();
  const beside = new Map<string, number>();
  const count = (what: string): void => {
    beside.set(what, (beside.get(what) ?? 0) + 1);
  };
  for (const [index, path] of paths.entries()) {
    throwIfAborted(signal);
    // File names often hold ids, so messages count files instead.
    const where = `file ${index + 1} of ${paths.length} (in name order) of ${printable(folder)}`;
    if ((await kindOfPath(path)) === "folder" || !hasDicomMark((await readHead(path, 132)).bytes)) {
      count("non-DICOM");
      continue;
    }
    const elements = await readElements(path, where, maxBytes);
    const kind = objectKind(elements);
    if (kind.kind === "directory" || kind.kind === "other") {
      count(kind.kind === "directory" ? "DICOMDIR" : kind.name);
      continue;
    }
    const key = digest(elements, "SeriesInstanceUID") ?? "none";
    const entry = series.get(key) ?? { files: [] };
    entry.files.push({
      path,
      elements,
      headDigest: createHash("sha256").update(elements.bytes.subarray(0, headBytes)).digest("hex"),
    });
    series.set(key, entry);
  }
  requireAny(series, beside, folder, paths.length);
  if (beside.size > 0) {
    const list = [...beside].map(([what, number]) => `${number} ${what}`).join(", ");
    log.warn("OTHER_FILES_SKIPPED", `beside the slices lie ${list} file(s), which are not read`);
  }
  return series;
}

function requireAny(
  series: ReadonlyMap<string, FoundSeries>,
  beside: ReadonlyMap<string, number>,
  folder: string,
  files: number,
): void {
  if (series.size > 0) return;
  const kinds = [...beside.keys()].filter((what) => what !== "non-DICOM" && what !== "DICOMDIR");
  if (kinds.length > 0)
    throw dicomError(
      "DATA_NOT_CT",
      `${printable(folder)} holds ${kinds.join(", ")} objects and no CT slice`,
      { path: folder, objects: kinds },
    );
  throw new TomoeError(
    "DATA_EMPTY",
    `${printable(folder)} holds ${files} file${files === 1 ? "" : "s"} and no DICOM image among them`,
    {
      hint: "Give the folder of the DICOM series, or the .nii.gz file itself.",
      details: { path: folder, files },
    },
  );
}

/**
 * Id of a series in listings: a digest of its files' beginnings, so that it cannot be reversed by trying
 * UIDs.
 */
function seriesId(series: FoundSeries): string {
  const digests = series.files.map((file) => file.headDigest).sort();
  return createHash("sha256").update(digests.join("\n")).digest("hex").slice(0, 16);
}

function choose(
  found: ReadonlyMap<string, FoundSeries>,
  wanted: string | undefined,
  folder: string,
): FoundSeries {
  const all = [...found.values()]
    .map((series) => ({ id: seriesId(series), series }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const listing = all.map(({ id, series }) => describe(id, series));
  if (wanted !== undefined) {
    const match = all.find(({ id }) => id === wanted);
    if (match !== undefined) return match.series;
    throw new TomoeError(
      "USAGE_INVALID",
      `there is no series ${JSON.stringify(wanted)} in ${printable(folder)}; it holds ${all.map(({ id }) => id).join(", ")}`,
      {
        hint: "Ids change when files are added or removed; list them again without a series.",
        details: { path: folder, series: listing },
      },
    );
  }
  const [only] = all;
  if (only !== undefined && all.length === 1) return only.series;
  throw new TomoeError(
    "DATA_SERIES_MIXED",
    `${printable(folder)} holds ${all.length} series: ${listing.map((row) => `${row.series} (${row.modality}, ${row.slices} slice${row.slices === 1 ? "" : "s"}${row.localizer ? ", localizer" : ""})`).join("; ")}`,
    {
      hint: "Choose one with --series ID, or give a folder of one series.",
      details: { path: folder, series: listing },
    },
  );
}

interface ListedSeries {
  readonly [key: string]: JsonValue;
  readonly series: string;
  readonly modality: string;
  readonly slices: number;
  readonly localizer: boolean;
}

function describe(id: string, series: FoundSeries): ListedSeries {
  const first = series.files[0]?.elements;
  return {
    series: id,
    slices: series.files.length,
    modality: shownModality(first?.text("Modality")),
    columns: first?.uint16("Columns") ?? null,
    rows: first?.uint16("Rows") ?? null,
    localizer: (first?.text("ImageType") ?? "").split("\\").includes("LOCALIZER"),
  };
}
