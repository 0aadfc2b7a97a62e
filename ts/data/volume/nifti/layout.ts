/** Where a field lies and how it is stored, in version 1 and version 2. */
export interface Layout {
  readonly size: number;
  readonly intent: number;
  readonly magic: number;
  readonly datatype: number;
  readonly bitpix: number;
  readonly dim: number;
  readonly pixdim: number;
  readonly voxOffset: number;
  readonly slope: number;
  readonly intercept: number;
  readonly units: number;
  readonly qformCode: number;
  readonly sformCode: number;
  readonly quaternion: number;
  readonly sform: number;
}

/** Byte offsets of the fields in either version. */
export const layouts: Readonly<Record<1 | 2, Layout>> = {
  1: {
    size: 348,
    intent: 68,
    magic: 344,
    datatype: 70,
    bitpix: 72,
    dim: 40,
    pixdim: 76,
    voxOffset: 108,
    slope: 112,
    intercept: 116,
    units: 123,
    qformCode: 252,
    sformCode: 254,
    quaternion: 256,
    sform: 280,
  },
  2: {
    size: 540,
    intent: 504,
    magic: 4,
    datatype: 12,
    bitpix: 14,
    dim: 16,
    pixdim: 104,
    voxOffset: 168,
    slope: 176,
    intercept: 184,
    units: 500,
    qformCode: 344,
    sformCode: 348,
    quaternion: 352,
    sform: 400,
  },
};

/**
 * Reads numbers of a header in its own byte order and width: version 2 widens floats to doubles and integers
 * to 8 bytes.
 */
export class Fields {
  readonly #view: DataView;
  readonly #little: boolean;
  readonly #wide: boolean;

  constructor(bytes: Uint8Array, little: boolean, wide: boolean) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = little;
    this.#wide = wide;
  }

  real(offset: number, index = 0): number {
    return this.#wide
      ? this.#view.getFloat64(offset + 8 * index, this.#little)
      : this.#view.getFloat32(offset + 4 * index, this.#little);
  }

  /**
   * A dim entry; a version 2 value past 2^53 loses its last digits, far above any limit it is compared with.
   */
  dim(index: number, layout: Layout): number {
    return this.#wide
      ? Number(this.#view.getBigInt64(layout.dim + 8 * index, this.#little))
      : this.#view.getInt16(layout.dim + 2 * index, this.#little);
  }

  voxOffset(layout: Layout): number {
    return this.#wide
      ? Number(this.#view.getBigInt64(layout.voxOffset, this.#little))
      : this.#view.getFloat32(layout.voxOffset, this.#little);
  }

  int16(offset: number): number {
    return this.#view.getInt16(offset, this.#little);
  }

  /** A code field: int16 in version 1, int32 in version 2. */
  code(offset: number): number {
    return this.#wide ? this.#view.getInt32(offset, this.#little) : this.#view.getInt16(offset, this.#little);
  }

  unit(offset: number): number {
    return (this.#wide ? this.#view.getInt32(offset, this.#little) : this.#view.getUint8(offset)) & 0x07;
  }
}
