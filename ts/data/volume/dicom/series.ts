import { isTomoeError, TomoeError } from "../../../errors.ts";
import { type FilePath, printable } from "../../../files/index.ts";
import type { ReadLog } from "../log.ts";
import { waysApart } from "./alike.ts";
import { interleaved } from "./compare/alternate.ts";
import { describePart, type ListedPart, partId, partsInWords } from "./compare/parts.ts";
import { noteBeside, requireImages, requireNoneLost } from "./folder/beside.ts";
import { type FolderContents, type FoundImage, lookThrough, readImages } from "./folder/contents.ts";
import { requireSlice, shownModality } from "./object-kind.ts";
import { type SliceHeader, sliceHeader } from "./slice.ts";
import { alongNormal, stackSlices } from "./stack.ts";

/** A slice and the file it came from; the path is used to read its pixels and goes no further. */
export interface SliceFile extends SliceHeader {
  readonly path: FilePath;
}

/** Parts of parts are looked for this deep: two causes may mix in one series. */
const deepestPart = 3;

/**
 * Finds the slices at a path: of one file, or of the one series below a folder (or the series or part asked for).
 *
 * Scouts beside the slices are left out with a warning.
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
    const images = await readImages(path, printable(path), maxBytes);
    const [only] = images;
    if (only?.elements.frame !== undefined) {
      const chosen = choose({ files: 1, series: new Map([["one", images]]), beside: [] }, series, path, log);
      noteBeside(chosen.leftOut, log);
      return chosen.slices;
    }
    if (series !== undefined)
      throw new TomoeError("USAGE_INVALID", "a series was chosen, but the path is one file", {
        hint: "Give the folder, or leave the series out.",
        details: { series },
      });
    return images.map(toSlice);
  }
  const contents = await lookThrough(path, maxBytes, signal, log);
  requireImages(contents, path);
  const chosen = choose(contents, series, path, log);
  requireNoneLost([...contents.series.values()].flat(), contents.beside);
  noteBeside([...contents.beside.map((file) => file.counted), ...chosen.leftOut], log);
  return chosen.slices;
}

interface Chosen {
  readonly slices: readonly SliceFile[];
  /** What was left out, as `noteBeside` counts it. */
  readonly leftOut: readonly string[];
}

function choose(contents: FolderContents, wanted: string | undefined, folder: string, log: ReadLog): Chosen {
  const all = [...contents.series.values()];
  if (wanted !== undefined) return chosenById(all, wanted, folder);
  const scouts = all.flat().filter(isScout);
  const withDepth = all.filter((images) => !images.every(isScout));
  const [only] = withDepth.length === 0 ? all : withDepth;
  if (only !== undefined && (withDepth.length === 1 || all.length === 1)) {
    const slices = only.filter((image) => withDepth.length === 0 || !isScout(image));
    const leftOut = withDepth.length === 0 ? [] : scouts.map(() => "localizer");
    return { slices: slices.map(toSlice), leftOut };
  }
  const why = { reason: "" };
  const joined = withDepth.length > 2 ? joinScrambled(withDepth, why, log) : undefined;
  if (joined !== undefined) return { slices: joined, leftOut: scouts.map(() => "localizer") };
  const listing = listed(all);
  throw new TomoeError(
    "DATA_SERIES_MIXED",
    `${printable(folder)} holds ${all.length} series${why.reason}: ${partsInWords(listing)}`,
    {
      hint: "Choose one with --series ID (all ids are in details.series), or give a folder of one series.",
      details: { path: folder, series: listing },
    },
  );
}

function isScout({ elements }: FoundImage): boolean {
  const imageType = elements.lenient("ImageType", (read) => read.text("ImageType")) ?? "";
  return imageType.split("\\").some((part) => part.trim() === "LOCALIZER");
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
    stackSlices(slices, log.aside());
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

function listed(all: readonly (readonly FoundImage[])[]): readonly ListedPart[] {
  return all.map(describe).sort((a, b) => (a.series < b.series ? -1 : 1));
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
      modality: shownModality(first?.elements.lenient("Modality", (read) => read.text("Modality"))),
      slices: images.length,
      localizer: images.every(isScout),
    };
  }
}

function chosenById(all: readonly (readonly FoundImage[])[], wanted: string, folder: string): Chosen {
  const idOf = (slices: readonly { readonly fileDigest: string }[]): string =>
    partId(slices.map((slice) => slice.fileDigest));
  const whole = all.find((images) => idOf(images) === wanted);
  if (whole !== undefined) return { slices: whole.map(toSlice), leftOut: [] };
  const part = (slices: readonly SliceFile[], depth: number): readonly SliceFile[] | undefined => {
    if (idOf(slices) === wanted) return slices;
    if (depth === deepestPart || slices.length < 2) return undefined;
    const beat = interleaved(alongNormal(slices).map(({ slice }) => slice));
    for (const parts of [...(beat === undefined ? [] : [beat.parts]), ...waysApart(slices)])
      for (const one of parts) {
        const found = part(one, depth + 1);
        if (found !== undefined) return found;
      }
    return undefined;
  };
  for (const images of all) {
    const found = part(slicesOf(images), 0);
    if (found !== undefined)
      return { slices: found, leftOut: images.slice(found.length).map(() => "slice of another part") };
  }
  const listing = listed(all);
  throw new TomoeError(
    "USAGE_INVALID",
    `there is no series ${JSON.stringify(wanted)} in ${printable(folder)}; it holds ${partsInWords(listing)}`,
    {
      hint: "Ids change when files are added or removed; list them again without a series.",
      details: { path: folder, series: listing },
    },
  );
}

/** The slices of a series without its scouts; none where a header is refused, since it has no parts then. */
function slicesOf(images: readonly FoundImage[]): readonly SliceFile[] {
  try {
    return images.filter((image) => !isScout(image)).map(toSlice);
  } catch (error) {
    if (isTomoeError(error)) return [];
    throw error;
  }
}
