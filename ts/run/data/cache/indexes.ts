import { type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { indexEnding, isStale } from "../../../data/dataset/index.ts";
import { namesIn } from "../../../files/index.ts";

/** An index of a data set's tables, or what is left of one that was being written. */
export interface FoundIndex {
  readonly path: string;
  readonly isIndex: boolean;
  readonly bytes: number;
  /** True where no opening would believe it, or nobody used it for so long. */
  readonly isGone: boolean;
}

/** When what is left of a file, and what nobody used, is old. */
export interface IndexAges {
  readonly abandonedMs: number;
  /** Absent = never. */
  readonly unusedMs?: number | undefined;
}

/**
 * Indexes of a project, in order, each judged as an opening would judge it.
 *
 * @param folder - null for none.
 * @throws TomoeError `PERMISSION`, `IO_FAILED`, `CANCELLED`.
 */
export async function foundIndexes(
  folder: string | null,
  { abandonedMs, unusedMs = Number.POSITIVE_INFINITY }: IndexAges,
  signal: AbortSignal,
): Promise<readonly FoundIndex[]> {
  if (folder === null) return [];
  const found: FoundIndex[] = [];
  for (const name of (await namesIn(folder)).map(String).sort()) {
    const path = join(folder, name);
    const facts: Stats | undefined = statSync(path, { throwIfNoEntry: false });
    if (facts?.isFile() !== true) continue;
    const isIndex = name.endsWith(indexEnding);
    const ageMs = Date.now() - facts.mtimeMs;
    const isGone = isIndex ? ageMs > unusedMs || (await isStale(path, signal)) : ageMs > abandonedMs;
    found.push({ path, isIndex, bytes: facts.size, isGone });
  }
  return found;
}
