import type { DicomElements } from "../elements.ts";
import { type EncapsulatedFrames, encapsulatedFrames } from "../encoding/encapsulated.ts";
import { dicomError } from "../problem.ts";
import type { SliceFile } from "../series.ts";
import { framesOf } from "./frames.ts";

/** What is read of one slice. */
export interface ReadSlice {
  /** Of the file, or of its frame; native pixels are those of the slice. */
  readonly elements: DicomElements;
  /** True the first time that this file is read. */
  readonly fresh: boolean;
  /** The codestream of the slice; throws as `encapsulatedFrames` does. */
  readonly encoded: () => Codestream;
}

/** A compressed frame. */
export interface Codestream {
  readonly bytes: Buffer;
  /** False when the delimiter behind the last fragment of its file is missing. */
  readonly closed: boolean;
}

/** The files of a series; one whose frames follow each other is read once. */
export class FrameFiles {
  readonly #read: (slice: SliceFile) => Promise<DicomElements>;
  readonly #seen = new Set<SliceFile["path"]>();
  #path: SliceFile["path"] | undefined;
  #frames: readonly DicomElements[] = [];
  #encapsulated: EncapsulatedFrames | undefined;

  /** @param read - the elements of a slice's file, with all of its bytes. */
  constructor(read: (slice: SliceFile) => Promise<DicomElements>) {
    this.#read = read;
  }

  /** Files that were read. */
  get count(): number {
    return this.#seen.size;
  }

  /** @throws TomoeError as `read` and `framesOf` do; `DATA_TRUNCATED` where the file lost the frame since it was looked through. */
  async read(slice: SliceFile): Promise<ReadSlice> {
    const fresh = !this.#seen.has(slice.path);
    this.#seen.add(slice.path);
    const { frame } = slice;
    if (frame === undefined) {
      const elements = await this.#read(slice);
      return { elements, fresh, encoded: () => codestream(encapsulatedFrames(elements, 1), 0) };
    }
    if (this.#path !== slice.path) {
      this.#frames = framesOf(await this.#read(slice));
      this.#encapsulated = undefined;
      this.#path = slice.path;
    }
    const elements = this.#frames[frame];
    if (elements === undefined)
      throw dicomError(
        "DATA_TRUNCATED",
        `${slice.where} is no longer in its file, which changed while it was read`,
        {},
      );
    const encoded = (): Codestream => {
      this.#encapsulated ??= encapsulatedFrames(elements, this.#frames.length);
      return codestream(this.#encapsulated, frame);
    };
    return { elements, fresh, encoded };
  }
}

function codestream({ frames, closed }: EncapsulatedFrames, frame: number): Codestream {
  return { bytes: frames[frame] ?? Buffer.alloc(0), closed };
}
