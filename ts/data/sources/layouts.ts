import type { LayoutName } from "../../schema/tables/layouts.ts";
import { phantomSource } from "./layouts/phantom.ts";
import { tableSource } from "./layouts/table/table.ts";
import type { DatasetSource } from "./source.ts";

/** The layouts that are read: another one is another row, which passes the suite of every row. */
const layouts: { readonly [L in LayoutName]: DatasetSource } = {
  table: tableSource,
  phantom: phantomSource,
};

/** The reader of a layout. */
export function sourceFor(layout: LayoutName): DatasetSource {
  return layouts[layout];
}
