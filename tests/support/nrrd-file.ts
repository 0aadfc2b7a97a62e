// Writes NRRD files line by line for tests, independently of the reader.
import { gzipSync } from "node:zlib";
import { numberBytes, type StoredBody } from "./stored-body.ts";

export interface NrrdSpec {
  readonly version?: number;
  readonly gzip?: boolean;
  readonly space?: string | null;
  /** Field -> value; null drops the line. */
  readonly fields?: { readonly [field: string]: string | null };
  /** Lines as they are, at the end of the header. */
  readonly lines?: readonly string[];
  readonly newline?: string;
}

const types = {
  uint8: "unsigned char",
  int8: "signed char",
  uint16: "unsigned short",
  int16: "short",
  uint32: "unsigned int",
  int32: "int",
  float32: "float",
  float64: "double",
} as const;

/** Which RAS axes a space turns round. */
const turned: Readonly<Record<string, readonly number[]>> = {
  "left-posterior-superior": [0, 1],
  LPS: [0, 1],
  "left-anterior-superior": [0],
  LAS: [0],
};

/** Header, with the empty line that ends it, and voxels of a body; a .nrrd is the one behind the other. */
export function nrrdFile(
  body: StoredBody,
  spec: NrrdSpec = {},
): { readonly header: Buffer; readonly voxels: Buffer } {
  const raw = numberBytes(body.values, body.dtype, body.littleEndian);
  const space = spec.space === undefined ? "left-posterior-superior" : spec.space;
  const turn = turned[space ?? ""] ?? [];
  const vector = (column: number): string =>
    `(${body.affine.map((row, world) => (turn.includes(world) ? -1 : 1) * (row[column] ?? 0) + 0).join(",")})`;
  const fields = {
    type: types[body.dtype],
    dimension: "3",
    space,
    sizes: (body.claimed ?? body.dims).join(" "),
    "space directions": [0, 1, 2].map(vector).join(" "),
    kinds: "domain domain domain",
    endian: body.littleEndian ? "little" : "big",
    encoding: spec.gzip === true ? "gzip" : "raw",
    "space origin": vector(3),
    content: body.text,
    ...spec.fields,
  } satisfies { readonly [field: string]: string | null };
  const header = [
    `NRRD000${spec.version ?? 4}`,
    `# ${body.text}`,
    ...Object.entries<string | null>(fields).flatMap(([field, value]) =>
      value === null ? [] : [`${field}: ${value}`],
    ),
    `PatientName:=${body.text}`,
    ...(spec.lines ?? []),
    "",
  ]
    .map((line) => `${line}${spec.newline ?? "\n"}`)
    .join("");
  return { header: Buffer.from(header, "latin1"), voxels: spec.gzip === true ? gzipSync(raw) : raw };
}
