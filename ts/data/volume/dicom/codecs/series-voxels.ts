import { HuCounts, type HuHistogram } from "../../hu/histogram.ts";
import type { ReadLog } from "../../log.ts";
import { isHeldWithin, type Rescaled, type RescaleRun, rescale, type StoredBounds } from "../../rescale.ts";
import { notePadding, paddedIn } from "../compare/notes.ts";
import { noteStatedRanges, outsideIn } from "../compare/stated-values.ts";
import { pixelCoding } from "../pixels.ts";
import type { SliceHeader } from "../slice.ts";
import type { PixelDecoder } from "./port.ts";

/** What stored values show that HU do not any more. */
interface Seen {
  readonly padded: number;
  readonly outside: ReturnType<typeof outsideIn>;
}

/**
 * The voxels of a series, slice after slice: what is stored becomes HU where it lies.
 *
 * Where the headers show that all HU are whole numbers of 16 bits, each slice is made HU and counted as it comes, while
 * it is still in the processor's cache.
 */
export class SeriesVoxels {
  readonly stored: Int16Array | Uint16Array | Int32Array;
  /** Pixels of a slice. */
  readonly plane: number;
  /** How each slice is decoded. */
  readonly codings: readonly ("native" | PixelDecoder)[];
  readonly #slices: readonly SliceHeader[];
  readonly #runs: readonly RescaleRun[];
  readonly #bounds: StoredBounds | undefined;
  readonly #seen: Seen[] = [];
  /** Absent where HU are made once all slices are there. */
  readonly #counts: HuCounts | undefined;

  /** @throws TomoeError `DATA_TRANSFER_SYNTAX_UNSUPPORTED`. */
  constructor(slices: readonly SliceHeader[], plane: number) {
    this.#slices = slices;
    this.plane = plane;
    this.codings = slices.map((slice) => pixelCoding(slice.transferSyntax, slice.where));
    this.stored = storedArray(slices, plane * slices.length);
    this.#runs = slices.map(({ slope, intercept }) => ({ length: plane, slope, intercept }));
    // A codestream may have more bits than the header says.
    this.#bounds = this.codings.every((coding) => coding === "native") ? storedBounds(slices) : undefined;
    const isEarly =
      this.stored.BYTES_PER_ELEMENT === 2 && this.#runs.every((run) => isHeldWithin(run, this.#bounds));
    this.#counts = isEarly ? new HuCounts() : undefined;
  }

  /** Hears, once a slice, that its stored values are there. */
  took(index: number): void {
    const run = this.#runs[index];
    if (this.#counts === undefined || run === undefined) return;
    const values = this.#slice(index);
    this.#seen[index] = this.#see(index, values);
    this.#counts.add(rescale(values, [run], this.#bounds).voxels);
  }

  /** Says what is odd in the stored values, once all of them are there. */
  note(log: ReadLog): void {
    const seen = this.#slices.map((_, index) => this.#seen[index] ?? this.#see(index, this.#slice(index)));
    notePadding(
      this.#slices,
      seen.map(({ padded }) => padded),
      this.plane,
      log,
    );
    noteStatedRanges(
      seen.map(({ outside }) => outside),
      log,
    );
  }

  /**
   * The voxels in HU, in the memory of `stored` where they fit.
   *
   * @throws TomoeError `DATA_NOT_HU` when a value is NaN or infinite.
   */
  rescaled(): Rescaled & { readonly histogram: HuHistogram | undefined } {
    const { stored } = this;
    if (this.#counts === undefined)
      return { ...rescale(stored, this.#runs, this.#bounds), histogram: undefined };
    return {
      voxels: new Int16Array(stored.buffer, stored.byteOffset, stored.length),
      exact: true,
      histogram: this.#counts.histogram(),
    };
  }

  #slice(index: number): Int16Array | Uint16Array | Int32Array {
    return this.stored.subarray(index * this.plane, (index + 1) * this.plane);
  }

  #see(index: number, values: Int16Array | Uint16Array | Int32Array): Seen {
    const slice = this.#slices[index];
    return slice === undefined
      ? { padded: 0, outside: undefined }
      : { padded: paddedIn(slice, values), outside: outsideIn(slice, values) };
  }
}

function storedArray(slices: readonly SliceHeader[], length: number): Int16Array | Uint16Array | Int32Array {
  if (slices.every((slice) => slice.pixels.signed)) return new Int16Array(length);
  return slices.some((slice) => slice.pixels.signed) ? new Int32Array(length) : new Uint16Array(length);
}

/** Between which numbers the stored bits keep the pixels. */
function storedBounds(slices: readonly SliceHeader[]): StoredBounds {
  const limits = slices.map(({ pixels: { bitsStored, signed } }) =>
    signed ? [-(2 ** (bitsStored - 1)), 2 ** (bitsStored - 1) - 1] : [0, 2 ** bitsStored - 1],
  );
  return {
    low: Math.min(...limits.map(([low = 0]) => low)),
    high: Math.max(...limits.map(([, high = 0]) => high)),
  };
}
