import { join } from "node:path";
import { checkedRows, LeakScan, type OpenedSource, type OpenOptions } from "../../data/sources/index.ts";
import { writeWhole } from "../../files/index.ts";
import { renderCohort } from "../../plots/index.ts";
import type { LayoutName } from "../../schema/tables/layouts.ts";
import type { VerifyDocument } from "./document.ts";
import { countCases, noRows, openNamed } from "./opened.ts";
import { cohortPicture } from "./picture.ts";
import { ProblemFiles } from "./problem-files.ts";
import type { ScanReader } from "./scans/read-scans.ts";
import { withReader } from "./scans/with-reader.ts";
import { Tally } from "./tally.ts";
import { Verification } from "./verification.ts";

/** What is to be verified, and where to. */
export interface VerifyOptions {
  readonly path: string;
  /** Found out where nobody says. */
  readonly layout?: LayoutName | undefined;
  readonly open: OpenOptions;
  /** Reads every voxel and asks the HU gate. */
  readonly deep: boolean;
  /** Folder of the problems, the picture and the ledger: the same one goes on where a call before stopped. */
  readonly out: string;
  readonly lanes?: number | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
  readonly notice: (line: string) => void;
}

/**
 * Verifies a data set: every row and every scan, all that is wrong at once. What was read stays known when the process
 * ends at any moment.
 *
 * @throws TomoeError of the layout and the disk; `DATA_EMPTY` for a data set without a row; `LOCKED` where another
 * process verifies into the same folder; `CANCELLED` once the signal is aborted.
 */
export async function verifyData(options: VerifyOptions): Promise<VerifyDocument> {
  const { path, layout, out, signal } = options;
  const source = await openNamed(path, layout, { ...options.open, signal });
  const { intensity } = source.schema;
  return await withReader({ ...options, intensity, what: "verification" }, async (reader) => {
    const problems = await ProblemFiles.begin(out);
    try {
      return await verifyInto(source, options, { reader, problems });
    } finally {
      await problems.abandon();
    }
  });
}

async function verifyInto(
  source: OpenedSource,
  { deep, out, signal, onProgress }: VerifyOptions,
  { reader, problems }: { readonly reader: ScanReader; readonly problems: ProblemFiles },
): Promise<VerifyDocument> {
  const total = await countCases(source, signal);
  const scan = new LeakScan();
  const tally = new Tally(`${source.layout}/${deep ? "deep" : "headers"}`, deep);
  const walk = new Verification({ reader, problems, tally, scan, tell: (done) => onProgress(done, total) });
  for await (const found of checkedRows(source, { keepsLeaks: true, scan })) {
    signal.throwIfAborted();
    await walk.take(found);
  }
  const volumes = await walk.finish();
  if (tally.cases.total + tally.items.total + tally.rows.refused === 0) throw noRows(source);
  await problems.commit();
  const picture = join(out, "verified.svg");
  const facts = {
    ok: true as const,
    layout: source.layout,
    deep,
    cases: tally.cases,
    items: tally.items,
    rows: tally.rows,
    dropped: tally.dropped,
    duplicates: { volumes, reports: scan.repeatedReports },
    leaks: scan.leaks(),
    hu: tally.hu(),
    problems: problems.jsonl,
    csv: problems.csv,
    picture,
    codes: [...problems.codes.values()],
    resumed: reader.known,
  };
  const document = { ...facts, digest: tally.finish() };
  await writeWhole(picture, renderCohort(cohortPicture(document, tally)));
  return document;
}
