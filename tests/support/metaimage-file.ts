// Writes MetaImage files line by line for tests, independently of the reader.
import { deflateSync } from "node:zlib";
import { lpsColumns, numberBytes, type StoredBody } from "./stored-body.ts";

export interface MetaImageSpec {
  readonly compressed?: boolean;
  /** "LOCAL", or what else ElementDataFile says. */
  readonly dataFile?: string;
  /** Key -> value; null drops the line, a new key comes before ElementDataFile. */
  readonly fields?: { readonly [key: string]: string | null };
  readonly newline?: string;
}

const elementTypes = {
  uint8: "MET_UCHAR",
  int8: "MET_CHAR",
  uint16: "MET_USHORT",
  int16: "MET_SHORT",
  uint32: "MET_UINT",
  int32: "MET_INT",
  float32: "MET_FLOAT",
  float64: "MET_DOUBLE",
} as const;

/** Header and voxels of a body; a .mha is the one behind the other. */
export function metaImageFile(
  body: StoredBody,
  spec: MetaImageSpec = {},
): { readonly header: Buffer; readonly voxels: Buffer } {
  const raw = numberBytes(body.values, body.dtype, body.littleEndian);
  const voxels = spec.compressed === true ? deflateSync(raw) : raw;
  const columns = lpsColumns(body.affine);
  const spacing = columns.slice(0, 3).map((column) => Math.hypot(...column));
  const directions = columns.slice(0, 3).map((column, at) => column.map((v) => v / (spacing[at] ?? 1) + 0));
  const lines = {
    ObjectType: "Image",
    NDims: "3",
    Comment: body.text,
    Name: body.text,
    BinaryData: "True",
    BinaryDataByteOrderMSB: body.littleEndian ? "False" : "True",
    CompressedData: spec.compressed === true ? "True" : "False",
    ...(spec.compressed === true ? { CompressedDataSize: String(voxels.length) } : {}),
    TransformMatrix: directions.flat().join(" "),
    Offset: (columns[3] ?? []).join(" "),
    CenterOfRotation: "0 0 0",
    ElementSpacing: spacing.join(" "),
    DimSize: (body.claimed ?? body.dims).join(" "),
    ElementType: elementTypes[body.dtype],
    ...spec.fields,
    ElementDataFile: spec.dataFile ?? "LOCAL",
  } satisfies { readonly [key: string]: string | null };
  const header = Object.entries<string | null>(lines)
    .flatMap(([key, value]) => (value === null ? [] : [`${key} = ${value}`]))
    .map((line) => `${line}${spec.newline ?? "\n"}`)
    .join("");
  return { header: Buffer.from(header, "latin1"), voxels };
}
