import { resolve } from "node:path";
import { type Dataset, type IndexPlace, splitBySubject } from "../../../data/dataset/index.ts";
import { usualIndexes } from "../../../data/index.ts";
import { layoutRows, readSkips, readSplitTable, type Skipped } from "../../../data/sources/index.ts";
import { defined } from "../../../defined.ts";
import type { ExperimentConfig } from "../../../schema/experiment.ts";
import { type CertifiedRows, certifiedRows } from "../certified.ts";

type LayoutData = Extract<ExperimentConfig["data"], { readonly kind: "layout" }>;

/** Rows and cases that a recipe leaves out, with the file of problems that says why. */
export interface SkippedRows {
  readonly format: "tomoe.skipped/1";
  /** SHA-256 of the file of problems. */
  readonly problems: string;
  readonly rows: readonly Skipped[];
}

/** How the rows of a data set are opened. */
export interface RowsUse {
  readonly signal?: AbortSignal;
  /** Folder of the indexes of data sets, null for none; where absent the project's own, unless `TOMOE_CACHE` is off. */
  readonly index?: string | null;
  /** Hears why an index is not believed, or cannot be kept. */
  readonly notice?: (text: string) => void;
}

/**
 * A data set as it lies on disk: every row checked, all problems at once.
 *
 * @throws TomoeError as `datasetOf`.
 */
export async function openLayout(
  { data, seed, evaluation }: ExperimentConfig & { readonly data: LayoutData },
  use: RowsUse,
): Promise<{
  readonly volumes: Dataset;
  readonly skipped: SkippedRows | null;
  readonly certified: CertifiedRows | null;
}> {
  const { layout, path, scans, columns, split, problems, splits, allowLeak, certificate } = data;
  const { signal } = use;
  const skips = problems === undefined ? undefined : await readSkips(resolve(problems));
  const { dataset, skipped, tally } = await layoutRows({
    layout,
    path: resolve(path),
    open: defined({ scans: scans === undefined ? undefined : resolve(scans), columns, signal }),
    reportRequest: evaluation.reportRequest,
    ignoresSplits: split !== undefined,
    keepsLeaks: allowLeak !== undefined,
    isTallied: certificate !== undefined,
    skips,
    splits: splits === undefined ? undefined : await readSplitTable(resolve(splits), signal),
    index: indexPlace(use),
  });
  const volumes = split === undefined ? dataset : splitBySubject(dataset, split, seed);
  return {
    volumes,
    certified: tally === null ? null : await certifiedRows(resolve(certificate ?? ""), tally, volumes),
    skipped:
      skips === undefined ? null : { format: "tomoe.skipped/1", problems: skips.digest, rows: skipped },
  };
}

/** Where indexes are kept for such a use. */
export function indexPlace({
  index: folder = usualIndexes(process.env, process.cwd()),
  notice = () => undefined,
}: RowsUse): IndexPlace | null {
  return folder === null ? null : { folder, notice };
}
