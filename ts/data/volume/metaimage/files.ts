import { printable } from "../../../files/index.ts";
import { fileBeside } from "../raw/beside.ts";
import { wordsOf } from "../raw/blanks.ts";
import { headerError, wholeIn } from "../raw/header.ts";
import { namesOf } from "../raw/pattern.ts";
import type { VoxelFile } from "../raw/payload.ts";
import type { MetaImageFields } from "./fields.ts";
import type { MetaImageHeader } from "./header.ts";

/** True when the voxels follow the header in its own file. */
export function isLocal(fields: MetaImageFields): boolean {
  return /^local$/i.test(dataFileOf(fields));
}

const dataFileOf = (fields: MetaImageFields): string => fields.values.get("ElementDataFile") ?? "";

/**
 * The files that ElementDataFile names: the header's own, one beside it, a list, or a numbered row.
 *
 * @throws TomoeError `DATA_HEADER`, `DATA_TRUNCATED` for one that is missing, `IO_FAILED`.
 */
export async function voxelFiles(
  path: string,
  fields: MetaImageFields,
  header: MetaImageHeader,
): Promise<readonly VoxelFile[]> {
  if (isLocal(fields)) return [localFile(path, fields, header)];
  const names = namesIn(fields, header.shapeXYZ[2]);
  if (header.headerSize === "end" && header.compressed)
    throw headerError("HeaderSize is -1 for compressed data, whose size nothing says");
  const files: VoxelFile[] = [];
  for (const [index, name] of names.entries()) {
    const where = `the voxel file that ElementDataFile names${names.length === 1 ? "" : ` (${index + 1} of ${names.length})`}`;
    files.push({
      path: await fileBeside(path, name, where),
      where,
      named: false,
      from: 0,
      skipBytes: header.headerSize,
    });
  }
  return files;
}

function localFile(path: string, fields: MetaImageFields, { headerSize }: MetaImageHeader): VoxelFile {
  if (headerSize !== "end" && headerSize !== 0 && headerSize !== fields.bytes)
    throw headerError(
      `HeaderSize is ${headerSize} where the header ends after ${fields.bytes} bytes and its voxels follow`,
      { headerSize, headerBytes: fields.bytes },
    );
  // Readers disagree on what trails behind the voxels then, so nothing may.
  const skipBytes = headerSize === "end" ? headerSize : undefined;
  return { path, where: printable(path), named: true, from: fields.bytes, skipBytes };
}

function namesIn(fields: MetaImageFields, slices: number): readonly string[] {
  const value = dataFileOf(fields);
  const [word = "", ...numbers] = wordsOf(value);
  if (word === "LIST") return listed(fields, numbers, slices);
  if (!value.includes("%")) return [value];
  const [first = 1, last = first + slices - 1, step = 1, ...more] = numbers.map((text) =>
    wholeIn("ElementDataFile", text),
  );
  const names = more.length > 0 || step < 1 ? [] : namesOf({ pattern: word, first, last, step }, slices);
  if (names.length !== slices)
    throw headerError(
      `ElementDataFile names ${names.length} files by a pattern where there are ${slices} slices`,
    );
  return names;
}

function listed(fields: MetaImageFields, numbers: readonly string[], slices: number): readonly string[] {
  const dims = numbers.length === 0 ? 2 : wholeIn("ElementDataFile", numbers.join(" "));
  const needed = dims === 2 ? slices : 1;
  if (dims !== 2 && dims !== 3) throw headerError(`ElementDataFile lists files of ${dims} axes each`);
  if (fields.after.length !== needed)
    throw headerError(`ElementDataFile lists ${fields.after.length} files where there are to be ${needed}`);
  return fields.after;
}
