import { resolve } from "node:path";
import type { JsonValue } from "../../../errors.ts";
import type { LayoutName } from "../../../schema/tables/layouts.ts";
import { type Dataset, type IndexPlace, indexed, Looks } from "../../dataset/index.ts";
import { ContentTally, type TallyState } from "../certified/content.ts";
import { datasetOf } from "../collect.ts";
import { sourceFor } from "../layouts.ts";
import type { SkipList, Skipped } from "../skips.ts";
import type { OpenOptions } from "../source.ts";
import type { SplitTable } from "../split-table.ts";
import { allThere } from "./missing.ts";

/** A data set of a layout, and what it is opened for. */
export interface LayoutWish {
  readonly layout: LayoutName;
  /** Absolute. */
  readonly path: string;
  readonly open: OpenOptions;
  readonly reportRequest: string;
  readonly ignoresSplits: boolean;
  readonly keepsLeaks: boolean;
  readonly skips?: SkipList | undefined;
  readonly splits?: SplitTable | undefined;
  /** True where what is kept is held against a certificate. */
  readonly isTallied: boolean;
  /** Where indexes are kept; null for none. */
  readonly index: IndexPlace | null;
}

/** A data set of a layout, out of its tables or of an index of them. */
export interface LayoutRows {
  readonly dataset: Dataset;
  readonly skipped: readonly Skipped[];
  /** Null where nobody asked for one. */
  readonly tally: ContentTally | null;
}

/** What a walk found out besides rows. */
interface More {
  readonly skipped: readonly Skipped[];
  readonly tally: TallyState | null;
}

/**
 * Opens a data set of a layout for a run: by a walk over all rows with every check, or, where an index of such a walk is
 * kept and nothing changed, without one. Scans are looked for each time.
 *
 * @throws TomoeError as `datasetOf`, with and without an index.
 */
export async function layoutRows(wish: LayoutWish): Promise<LayoutRows> {
  const { layout, path, open, skips, splits, isTallied, index, ...rows } = wish;
  const looks = new Looks();
  const source = await sourceFor(layout).open(path, { ...open, looks });
  const of = {
    ...rows,
    layout,
    path: resolve(path),
    scans: open.scans ?? null,
    columns: { ...open.columns },
    skips: skips?.digest ?? null,
    splits: splits?.digest ?? null,
    isTallied,
    folder: source.folder,
    tables: [...source.tables],
  };
  const newTally = (state?: TallyState): ContentTally =>
    new ContentTally(source.schema, skips !== undefined, state);
  let walkedTally: ContentTally | undefined;
  const isGood = async ({ folder, cases }: Dataset): Promise<boolean> =>
    await allThere(cases.values().map(({ row }) => resolve(folder, row.path)));
  const { dataset, more } = await indexed(
    index,
    { of, looks, signal: open.signal, isGood },
    async (begin) => {
      walkedTally = isTallied ? newTally() : undefined;
      const { skipped, ...walked } = await datasetOf(source, {
        ...rows,
        skips,
        splits,
        tally: walkedTally,
        begin,
      });
      const found: More = { skipped, tally: index === null ? null : (walkedTally?.state() ?? null) };
      return { dataset: walked, more: found as unknown as JsonValue };
    },
  );
  const { skipped, tally } = more as unknown as More;
  return { dataset, skipped, tally: walkedTally ?? (tally === null ? null : newTally(tally)) };
}
