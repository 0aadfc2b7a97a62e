import type { Volume, WindowHu } from "../../../schema/volume.ts";

/** Lowest int16, which stands at index 0 of a table of levels. */
const lowest = -32768;

/**
 * The 8-bit picture of a volume: HU clamped to a window, its ends 0 and 255, rounded, halves upward.
 *
 * Nothing is made ahead: of int16 each level is one look into a table of 65,536.
 */
export class Picture {
  readonly voxels: Int16Array | Float32Array;
  readonly #window: WindowHu;
  /** Level of HU -32768 + i; undefined where voxels are float32. */
  readonly #table: Uint8Array | undefined;

  constructor({ voxels }: Pick<Volume, "voxels">, windowHu: WindowHu) {
    this.voxels = voxels;
    this.#window = windowHu;
    if (voxels.BYTES_PER_ELEMENT === 2)
      this.#table = Uint8Array.from({ length: 65536 }, (_, i) => this.levelOf(i + lowest));
  }

  /** Level 0..255 of a value in HU. */
  levelOf(hu: number): number {
    const { low, high } = this.#window;
    // A volume of one value has a window without width, and one level.
    return Math.round((255 * (Math.min(high, Math.max(low, hu)) - low)) / (high - low || 1));
  }

  /** Writes the levels of every `step`-th voxel from index `from` on, until `out` is full. */
  levels(from: number, step: number, out: Uint8Array | Float32Array): void {
    const { voxels } = this;
    const table = this.#table;
    let at = from;
    if (table === undefined)
      for (let i = 0; i < out.length; i++, at += step) out[i] = this.levelOf(voxels[at] ?? 0);
    else for (let i = 0; i < out.length; i++, at += step) out[i] = table[(voxels[at] ?? 0) - lowest] ?? 0;
  }
}
