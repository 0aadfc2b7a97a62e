// Writes .npy files for tests, independently of the reader.
import { numberBytes, type StoredBody } from "./stored-body.ts";

export interface NpySpec {
  readonly version?: 1 | 2 | 3;
  readonly fortran?: boolean;
  /** Axes of one value before the others. */
  readonly leading?: number;
  /** In place of the dict. */
  readonly dict?: string;
}

const descrs = {
  uint8: "u1",
  int8: "i1",
  uint16: "u2",
  int16: "i2",
  uint32: "u4",
  int32: "i4",
  float32: "f4",
  float64: "f8",
} as const;

/** A whole file; in Fortran order the first axis of the array is the stored x. */
export function npyFile(body: StoredBody, spec: NpySpec = {}): Buffer {
  const { version = 1, fortran = false } = spec;
  const sizes = [...(body.claimed ?? body.dims)];
  const shape = [...Array<number>(spec.leading ?? 0).fill(1), ...(fortran ? sizes : sizes.reverse())];
  const order = body.dtype.endsWith("8") ? "|" : body.littleEndian ? "<" : ">";
  const dict =
    spec.dict ??
    `{'descr': '${order}${descrs[body.dtype]}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${shape.join(", ")}), }`;
  const start = version === 1 ? 10 : 12;
  const text = `${dict.padEnd(Math.ceil((start + dict.length + 1) / 64) * 64 - start - 1)}\n`;
  const head = Buffer.alloc(start);
  head.write("\x93NUMPY", "latin1");
  head[6] = version;
  if (version === 1) head.writeUInt16LE(text.length, 8);
  else head.writeUInt32LE(text.length, 8);
  return Buffer.concat([
    head,
    Buffer.from(text, "latin1"),
    numberBytes(body.values, body.dtype, body.littleEndian),
  ]);
}
