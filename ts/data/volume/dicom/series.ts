import { isTomoeError, TomoeError } from "../../../errors.ts";
import { type FilePath, printable } from "../../../files/index.ts";
import type { ReadLog } from "../log.ts";
import { defaultMaxBytes, type ReadOptions } from "../source.ts";
import { describePart, type ListedPart, namedParts, partId, partsInWords } from "./compare/parts.ts";
import { noteBeside, requireImages, requireNoneLost } from "./folder/beside.ts";
import { partById, readable } from "./folder/by-id.ts";
import { type FolderContents, type FoundImage, lookThrough, readImages } from "./folder/contents.ts";
import { pageKind, withoutPages } from "./folder/pages.ts";
import { requireSlice, shownModality } from "./object-kind.ts";
import { type SliceHeader, sliceHeader } from "./slice.ts";
import { stackSlices } from "./stack.ts";

/** A slice and the file it came from; the path is used to read its pixels and goes no further. */
export interface SliceFile extends SliceHeader {
  readonly path: FilePath;
}

/**
 * Finds the slices at a path: of one file, or of the one series below a folder (or the series or part asked for).
 *
 * Scouts, colour pictures and series without a place in the body are left out with a warning.
 * @param options - its `series` is the id of a series or of a part of one, from the listing of an earlier refusal.
 * @throws TomoeError `DATA_EMPTY`, `DATA_NOT_CT`, `DATA_UNSUPPORTED`, `DATA_SERIES_MIXED` with the listing in
 * `details.series`, `USAGE_INVALID`
 *   for an unknown id, and the errors of each file's header.
 */
export async function findSlices(
  path: string,
  kind: "file" | "folder",
  options: ReadOptions,
  log: ReadLog,
): Promise<readonly SliceFile[]> {
  const { series, signal, maxBytes = defaultMaxBytes } = options;
  if (kind === "file") {
    const images = await readImages(path, printable(path), maxBytes);
    const [only] = images;
    if (only?.elements.frame !== undefined) {
      const chosen = choose({ files: 1, series: new Map([["one", images]]), beside: [] }, options, path, log);
      noteBeside(chosen.leftOut, log);
      return chosen.slices;
    }
    if (series !== undefined)
      throw new TomoeError("USAGE_INVALID", "a series was chosen, but the path is one file", {
        hint: "Give the folder, or leave --series out.",
        details: { series },
      });
    return images.map(toSlice);
  }
  const contents = await lookThrough(path, maxBytes, signal, log);
  requireImages(contents, path);
  const chosen = choose(contents, options, path, log);
  requireNoneLost([...contents.series.values()].flat(), contents.beside);
  noteBeside([...contents.beside.map((file) => file.counted), ...chosen.leftOut], log);
  return chosen.slices;
}

interface Chosen {
  readonly slices: readonly SliceFile[];
  /** What was left out, as `noteBeside` counts it. */
  readonly leftOut: readonly string[];
}

function choose(
  contents: FolderContents,
  { series: wanted, policy }: ReadOptions,
  folder: string,
  log: ReadLog,
): Chosen {
  const all = [...contents.series.values()];
  if (wanted !== undefined) return chosenById(all, wanted, folder);
  const sorted = all.map((images) => ({ images, ...withoutPages(images) }));
  const volumes = sorted.filter(({ slices }) => slices.length > 0);
  const [only] = volumes.length === 0 ? sorted : volumes;
  const leftOut = sorted.flatMap((one) => one.leftOut);
  if (only !== undefined && volumes.length === 1) return { slices: only.slices.map(toSlice), leftOut };
  if (only !== undefined && all.length === 1) return { slices: only.images.map(toSlice), leftOut: [] };
  const why = { reason: "" };
  const joined =
    volumes.length > 2
      ? joinScrambled(
          volumes.map(({ slices }) => slices),
          why,
          policy,
          log,
        )
      : undefined;
  if (joined !== undefined) return { slices: joined, leftOut };
  const listing = listed(all);
  throw new TomoeError(
    "DATA_SERIES_MIXED",
    `${printable(folder)} holds ${all.length} series${why.reason}: ${partsInWords(listing)}`,
    {
      hint: `Choose one with --series ID${listing.length > namedParts ? "; --json lists all of them, in details.series" : ""}.`,
      details: { path: folder, series: listing },
    },
  );
}

function toSlice(image: FoundImage): SliceFile {
  requireSlice(image.elements);
  return { ...sliceHeader(image.elements, image.fileDigest), path: image.path };
}

/**
 * One series out of files that each have a SeriesInstanceUID of their own, which an anonymiser did: when they are of
 * one study or one frame of reference and stack to one volume.
 *
 * @returns undefined when they do not; `why` then says what was tried.
 */
function joinScrambled(
  all: readonly (readonly FoundImage[])[],
  why: { reason: string },
  policy: ReadOptions["policy"],
  log: ReadLog,
): readonly SliceFile[] | undefined {
  if (!all.every((images) => images.length === 1)) return undefined;
  why.reason = " of one slice each, as if an anonymiser had given every file its own SeriesInstanceUID";
  try {
    const slices = all.flat().map(toSlice);
    const same = (key: (slice: SliceFile) => string | undefined): boolean =>
      new Set(slices.map(key)).size === 1 && slices.some((slice) => key(slice) !== undefined);
    if (!same((slice) => slice.traits.get("StudyInstanceUID")?.key) && !same((slice) => slice.frameDigest)) {
      why.reason += ", but of several studies";
      return undefined;
    }
    stackSlices(slices, log.aside(), policy);
    log.warn(
      "SERIES_UID_PER_SLICE",
      `every one of the ${slices.length} slices has a SeriesInstanceUID of its own, as an anonymiser leaves them; they are alike, lie on one grid and are read as one series`,
    );
    return slices;
  } catch (error) {
    if (!isTomoeError(error)) throw error;
    why.reason += `, and they do not stack to one volume (${error.code})`;
    return undefined;
  }
}

/** The largest first: it is the scan more often than not. */
function listed(all: readonly (readonly FoundImage[])[]): readonly ListedPart[] {
  return all.map(describe).sort((a, b) => b.slices - a.slices || (a.series < b.series ? -1 : 1));
}

/** A row also for a series whose headers are refused when it is chosen. */
function describe(images: readonly FoundImage[]): ListedPart {
  try {
    return describePart(images.map(toSlice));
  } catch (error) {
    if (!isTomoeError(error)) throw error;
    const [first] = images;
    return {
      series: partId(images.map((image) => image.fileDigest)),
      modality: shownModality(first?.elements.lenient("Modality", (read) => read.code("Modality"))),
      slices: images.length,
      localizer: images.every((image) => pageKind(image) === "localizer"),
    };
  }
}

function chosenById(all: readonly (readonly FoundImage[])[], wanted: string, folder: string): Chosen {
  const whole = all.find((images) => partId(images.map((image) => image.fileDigest)) === wanted);
  if (whole !== undefined) {
    const { slices, leftOut } = withoutPages(whole);
    return slices.length === 0
      ? { slices: whole.map(toSlice), leftOut: [] }
      : { slices: slices.map(toSlice), leftOut };
  }
  const series = all.map((images) => readable(() => withoutPages(images).slices.map(toSlice)));
  const { slices, others } = partById(series, wanted, folder, listed(all));
  return {
    slices,
    leftOut: Array.from({ length: others }, () => "slice of another part"),
  };
}
