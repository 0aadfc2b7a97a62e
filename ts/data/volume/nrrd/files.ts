import { printable } from "../../../files/index.ts";
import { fileBeside } from "../raw/beside.ts";
import { wordsOf } from "../raw/blanks.ts";
import { headerError, wholeIn } from "../raw/header.ts";
import { namesOf } from "../raw/pattern.ts";
import type { VoxelFile } from "../raw/payload.ts";
import type { NrrdFields } from "./fields.ts";
import type { NrrdHeader } from "./header.ts";

/**
 * The files that hold the voxels: the header's own, one beside it, a list, or a numbered row.
 *
 * @throws TomoeError `DATA_HEADER`, `DATA_TRUNCATED` for one that is missing, `IO_FAILED`.
 */
export async function voxelFiles(
  path: string,
  fields: NrrdFields,
  header: NrrdHeader,
): Promise<readonly VoxelFile[]> {
  const { skipLines, skipBytes } = header;
  const value = fields.values.get("datafile");
  if (value === undefined)
    return [{ path, where: printable(path), named: true, from: fields.bytes, skipLines, skipBytes }];
  const names = namesIn(value, fields.listed, header.sizes);
  const files: VoxelFile[] = [];
  for (const [index, name] of names.entries()) {
    const where = `the voxel file that "data file" names${names.length === 1 ? "" : ` (${index + 1} of ${names.length})`}`;
    files.push({
      path: await fileBeside(path, name, where),
      where,
      named: false,
      from: 0,
      skipLines,
      skipBytes,
    });
  }
  return files;
}

function namesIn(value: string, listed: readonly string[], sizes: readonly number[]): readonly string[] {
  const [word = "", ...words] = wordsOf(value);
  if (word === "LIST") return evenly(listed, words.slice(0, 1), sizes);
  if (!word.includes("%") || words.length < 3) return [value];
  const [first = 0, last = 0, step = 0] = words.slice(0, 3).map((text) => wholeIn("data file", text));
  const most = sizes.reduce((product, size) => product * size, 1);
  return evenly(
    namesOf({ pattern: word, first, last, step }, Math.min(most, 1 << 16)),
    words.slice(3),
    sizes,
  );
}

/** Names of files that hold equal pieces of so many axes each; one axis less than the whole, where nothing says. */
function evenly(
  names: readonly string[],
  words: readonly string[],
  sizes: readonly number[],
): readonly string[] {
  const dims = words.length === 0 ? sizes.length - 1 : wholeIn("data file", words.join(" "));
  if (dims < 1 || dims > sizes.length)
    throw headerError(`data file speaks of pieces of ${dims} axes where there are ${sizes.length}`);
  const pieces = sizes.slice(dims).reduce((product, size) => product * size, 1);
  const slabs = dims === sizes.length && names.length > 0 && (sizes.at(-1) ?? 0) % names.length === 0;
  if (!slabs && names.length !== pieces)
    throw headerError(`data file names ${names.length} files where there are ${pieces} pieces`);
  return names;
}
