import { detectSource, type OpenedSource, type OpenOptions, sourceFor } from "../../data/sources/index.ts";
import { TomoeError } from "../../errors.ts";
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

/** Cases that are to be read, for the time that is left. */
export async function countCases(source: OpenedSource, signal: AbortSignal): Promise<number> {
  let cases = 0;
  for await (const found of source.cases()) {
    signal.throwIfAborted();
    if (found.kind === "row") cases++;
  }
  return cases;
}

/** The refusal of a data set without a row. */
export function noRows({ folder, layout }: OpenedSource): TomoeError {
  return new TomoeError("DATA_EMPTY", `${folder} holds no rows of the layout ${layout}`, {
    hint: "Name another folder, or another --layout.",
    details: { path: folder, layout },
  });
}
