import { TomoeError } from "../../../errors.ts";
import { modalityOf } from "../claims/modality.ts";
import type { StatedRange } from "../claims/range.ts";
import type { ReadLog } from "../log.ts";
import { headerError, numbersIn, volumeShape, wholeIn } from "../raw/header.ts";
import { bytesOf, type NumberType } from "../raw/numbers.ts";
import { flag, type MetaImageFields } from "./fields.ts";

/** How the voxels of a MetaImage are stored, checked. */
export interface MetaImageHeader {
  /** NDims. */
  readonly dims: number;
  readonly shapeXYZ: readonly [number, number, number];
  readonly type: NumberType;
  readonly littleEndian: boolean;
  readonly compressed: boolean;
  readonly compressedBytes: number | undefined;
  /** Bytes before the voxels of a file of their own; "end": the voxels end with the file. */
  readonly headerSize: number | "end";
  readonly statedRange: StatedRange | undefined;
  /** What Modality declares, where that is no CT. */
  readonly declared: string | undefined;
}

const types: ReadonlyMap<string, NumberType> = new Map([
  ["MET_CHAR", "int8"],
  ["MET_UCHAR", "uint8"],
  ["MET_SHORT", "int16"],
  ["MET_USHORT", "uint16"],
  ["MET_INT", "int32"],
  ["MET_UINT", "uint32"],
  // Four bytes, whatever a long is on the machine that wrote it; the length of the data tells another.
  ["MET_LONG", "int32"],
  ["MET_ULONG", "uint32"],
  ["MET_FLOAT", "float32"],
  ["MET_DOUBLE", "float64"],
]);
const refusedTypes = [
  "MET_LONG_LONG",
  "MET_ULONG_LONG",
  "MET_ASCII_CHAR",
  "MET_STRING",
  "MET_NONE",
  "MET_OTHER",
];
/**
 * Checks what a MetaImage header says of its voxels.
 *
 * @throws TomoeError `DATA_HEADER`, `DATA_UNSUPPORTED`, `DATA_DTYPE_UNSUPPORTED`, `DATA_PIXEL_CALIBRATION`.
 */
export function readHeader(fields: MetaImageFields, log: ReadLog): MetaImageHeader {
  requireImage(fields);
  const dims = wholeIn("NDims", required(fields, "NDims"));
  if (dims < 1 || dims > 10) throw headerError(`NDims is ${dims}, not 1..10`, { dims });
  const shapeXYZ = volumeShape("DimSize", numbersIn("DimSize", required(fields, "DimSize"), dims));
  const type = readType(fields);
  requireUnscaled(fields);
  return {
    dims,
    shapeXYZ,
    type,
    littleEndian: readByteOrder(fields, type, log),
    ...readCompression(fields),
    headerSize: readHeaderSize(fields),
    statedRange: readRange(fields),
    declared: declaredBy(fields.values.get("Modality")),
  };
}

function declaredBy(modality: string | undefined): string | undefined {
  const other = modality === undefined ? undefined : modalityOf(modality);
  return other === undefined ? undefined : `${other} (Modality)`;
}

function readRange(fields: MetaImageFields): StatedRange | undefined {
  const end = (key: "ElementMin" | "ElementMax", none: number): number => {
    const text = fields.values.get(key);
    return text === undefined ? none : (numbersIn(key, text, 1)[0] ?? none);
  };
  const [low, high] = [
    end("ElementMin", Number.NEGATIVE_INFINITY),
    end("ElementMax", Number.POSITIVE_INFINITY),
  ];
  // Two zeros, or the two alike, are what writers leave who did not look.
  return low < high && (Number.isFinite(low) || Number.isFinite(high))
    ? { low, high, by: "ElementMin and ElementMax" }
    : undefined;
}

function required(fields: MetaImageFields, key: "NDims" | "DimSize" | "ElementType"): string {
  const value = fields.values.get(key);
  if (value === undefined) throw headerError(`the MetaImage header has no ${key}`);
  return value;
}

function requireImage(fields: MetaImageFields): void {
  const kind = fields.values.get("ObjectType") ?? "Image";
  if (!/^image$/i.test(kind))
    throw new TomoeError("DATA_UNSUPPORTED", "the MetaImage header's ObjectType is no Image", {
      hint: "Give the scan itself.",
    });
  if (flag(fields, "BinaryData") === false)
    throw new TomoeError("DATA_UNSUPPORTED", "the MetaImage holds its voxels as text (BinaryData = False)", {
      hint: "Write it with binary data, or convert it to .nii.gz.",
    });
  const channels = wholeIn("ElementNumberOfChannels", fields.values.get("ElementNumberOfChannels") ?? "1");
  if (channels !== 1)
    throw new TomoeError(
      "DATA_UNSUPPORTED",
      `the MetaImage holds ${channels} numbers a voxel, which no CT does`,
      {
        hint: "Give a scan with one number a voxel.",
        details: { channels },
      },
    );
}

function readType(fields: MetaImageFields): NumberType {
  const name = required(fields, "ElementType").toUpperCase();
  const type = types.get(name);
  if (type === undefined)
    throw new TomoeError(
      "DATA_DTYPE_UNSUPPORTED",
      refusedTypes.includes(name)
        ? `voxels of ${name} are not read`
        : "ElementType names no type of MetaImage that is read",
      { hint: `Write the voxels as one of ${[...types.keys()].join(", ")}.` },
    );
  const bits = wholeIn("ElementNBits", fields.values.get("ElementNBits") ?? String(8 * bytesOf[type]));
  if (bits !== 8 * bytesOf[type])
    throw headerError(`ElementNBits is ${bits} where ${name} has ${8 * bytesOf[type]}`, { bits });
  return type;
}

/** Readers of this format leave the two out, so that nothing says whether the numbers are HU before or after them. */
function requireUnscaled(fields: MetaImageFields): void {
  const number = (key: "Slope" | "Offset", none: string): number => {
    const name = `ElementToIntensityFunction${key}` as const;
    return numbersIn(name, fields.values.get(name) ?? none, 1)[0] ?? Number.NaN;
  };
  const [slope, intercept] = [number("Slope", "1"), number("Offset", "0")];
  if (slope !== 1 || intercept !== 0)
    throw new TomoeError(
      "DATA_PIXEL_CALIBRATION",
      `the MetaImage header states a slope of ${slope} and an offset of ${intercept} for its voxels, which other readers do not apply: whether they are HU before or after it is not known`,
      {
        hint: "Write the voxels in HU, with a slope of 1 and an offset of 0.",
        details: { slope, intercept },
      },
    );
}

function readByteOrder(fields: MetaImageFields, type: NumberType, log: ReadLog): boolean {
  const [binary, element] = [flag(fields, "BinaryDataByteOrderMSB"), flag(fields, "ElementByteOrderMSB")];
  if (binary !== undefined && element !== undefined && binary !== element)
    throw headerError("BinaryDataByteOrderMSB and ElementByteOrderMSB mean the same and differ");
  const big = binary ?? element;
  if (big === undefined && bytesOf[type] > 1)
    log.warn(
      "METAIMAGE_BYTE_ORDER_UNSTATED",
      "the header does not state its byte order; little endian is taken, and the HU gate confirms it",
    );
  return big !== true;
}

function readCompression(fields: MetaImageFields): Pick<MetaImageHeader, "compressed" | "compressedBytes"> {
  const compressed = flag(fields, "CompressedData") ?? false;
  const stated = wholeIn("CompressedDataSize", fields.values.get("CompressedDataSize") ?? "0");
  if (stated < 0) throw headerError(`CompressedDataSize is ${stated}`);
  // 0 is what writers leave who did not know it yet.
  return { compressed, compressedBytes: compressed && stated > 0 ? stated : undefined };
}

function readHeaderSize(fields: MetaImageFields): number | "end" {
  const size = wholeIn("HeaderSize", fields.values.get("HeaderSize") ?? "0");
  if (size < -1) throw headerError(`HeaderSize is ${size}`);
  if (wholeIn("HeaderSizePerSlice", fields.values.get("HeaderSizePerSlice") ?? "0") !== 0)
    throw new TomoeError(
      "DATA_UNSUPPORTED",
      "the MetaImage has a header before each slice (HeaderSizePerSlice)",
      {
        hint: "Convert it to .nii.gz.",
      },
    );
  return size === -1 ? "end" : size;
}
