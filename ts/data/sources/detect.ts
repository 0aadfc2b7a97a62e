import { isTomoeError, TomoeError } from "../../errors.ts";
import { kindOfPath } from "../../files/index.ts";
import { type LayoutName, layoutNames } from "../../schema/tables/layouts.ts";
import { sourceFor } from "./layouts.ts";
import type { Found, OpenedSource, OpenOptions } from "./source.ts";

/** Rows of each kind that are looked at. */
const rowsLookedAt = 200;

/** What a layout makes of a path. */
type Fit = { readonly source: OpenedSource } | { readonly layout: LayoutName; readonly why: string };

/**
 * Opens a data set whose layout nobody named: the one layout that finds scans and items in it.
 *
 * @throws TomoeError `PATH_NOT_FOUND`; `DATA_EMPTY` for an empty folder; `USAGE_INVALID` where several layouts fit,
 * naming them; `DATA_MANIFEST` where none does, with what each lacks in `details.layouts`.
 */
export async function detectSource(path: string, options: OpenOptions = {}): Promise<OpenedSource> {
  await kindOfPath(path);
  const fits: OpenedSource[] = [],
    reasons: Record<string, string> = {};
  for (const layout of layoutNames) {
    const fit = await fitOf(layout, path, options);
    if ("source" in fit) fits.push(fit.source);
    else reasons[layout] = fit.why;
  }
  const [only, ...others] = fits;
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined)
    throw new TomoeError("USAGE_INVALID", `${path} fits several layouts: ${fits.map(nameOf).join(", ")}`, {
      hint: "Say which with --layout.",
      details: { path, layouts: fits.map(nameOf) },
    });
  throw new TomoeError("DATA_MANIFEST", `${path} is of no layout that is read`, {
    hint: "Say which it should be with --layout, and what is missing is named; tables of your own are --layout table.",
    details: { path, layouts: reasons },
  });
}

const nameOf = ({ layout }: OpenedSource): string => layout;

async function fitOf(layout: LayoutName, path: string, options: OpenOptions): Promise<Fit> {
  try {
    const source = await sourceFor(layout).open(path, options);
    const cases = await firstRows(source.cases()),
      items = await firstRows(source.items());
    if (cases > 0 && items > 0) return { source };
    return { layout, why: `it finds no ${cases === 0 ? "scans" : "items"} in the first rows` };
  } catch (error) {
    if (!isTomoeError(error) || error.code === "CANCELLED") throw error;
    return { layout, why: error.what };
  }
}

/** How many of the first rows are rows of the layout. */
async function firstRows(walk: AsyncIterable<Found<unknown>>): Promise<number> {
  let [looked, rows] = [0, 0];
  for await (const found of walk) {
    if (found.kind === "row") rows++;
    if (++looked >= rowsLookedAt || rows > 0) break;
  }
  return rows;
}
