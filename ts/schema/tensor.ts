/** A span of a file on the worker's host, mapped read-only; mirrors tensor.proto. */
export interface FileRegion {
  /** Name of a root agreed in the hello. */
  readonly root: string;
  /** Path below the root, "/" separated. */
  readonly path: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  /** CRC-32 (IEEE 802.3) over the span. */
  readonly crc32: number;
  /** Write count of a reused slot; 0 for a file written once. */
  readonly generation: number;
}

/** Where the Arrow IPC bytes of a tensor column lie. */
export type TensorRef =
  | { readonly kind: "region"; readonly region: FileRegion }
  | { readonly kind: "uploaded"; readonly uploadId: string };
