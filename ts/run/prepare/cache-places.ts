import { join } from "node:path";
import { bug } from "../../errors.ts";
import type { FileRegion } from "../../schema/tensor.ts";
import type { WorkerRoot } from "../../worker/index.ts";

/** The name that workers know the run's own folder of shards by. */
export const cacheRoot = "cache";
/** The name that workers know the rows of the project's cache by. */
export const rowsRoot = "rows";

/** Folders that the volumes of cases lie in. */
export interface CachePlaces {
  /** Of the run or evaluation alone: shards of what it makes itself, volumes of controls. */
  readonly cacheDir: string;
  /** Rows that runs share; absent where nothing is shared. */
  readonly rowsDir?: string | undefined;
}

/** What workers may read of them. */
export function cacheRoots({ cacheDir, rowsDir }: CachePlaces): readonly WorkerRoot[] {
  return [
    { name: cacheRoot, path: cacheDir, writable: false },
    ...(rowsDir === undefined ? [] : [{ name: rowsRoot, path: rowsDir, writable: false }]),
  ];
}

/** Where a region lies on this machine. @throws TomoeError `INTERNAL` for a root that is not there. */
export function regionPath({ cacheDir, rowsDir }: CachePlaces, { root, path }: FileRegion): string {
  const folder = root === rowsRoot ? rowsDir : cacheDir;
  if (folder === undefined) throw bug(`a volume lies below the root ${root}, which is not open`);
  return join(folder, path);
}
