import { detectSource, type OpenedSource, type OpenOptions, sourceFor } from "../../data/sources/index.ts";
import type { LayoutName } from "../../schema/tables/layouts.ts";

/** Opens a data set of a layout that is named or found out; errors as `DatasetSource.open` and `detectSource`. */
export async function openNamed(
  path: string,
  layout: LayoutName | undefined,
  options: OpenOptions,
): Promise<OpenedSource> {
  return layout === undefined
    ? await detectSource(path, options)
    : await sourceFor(layout).open(path, options);
}
