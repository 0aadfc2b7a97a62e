import {
  type Certificate,
  ContentTally,
  type Leak,
  type OpenedSource,
  type OpenOptions,
  RowKeeper,
  readSkips,
  readSplitTable,
} from "../../data/sources/index.ts";
import { jsonText, writeNew } from "../../files/index.ts";
import type { LayoutName } from "../../schema/tables/layouts.ts";
import { Certification } from "./certification.ts";
import { countCases, noRows, openNamed } from "./opened.ts";
import type { ScanReader } from "./scans/read-scans.ts";
import { withReader } from "./scans/with-reader.ts";

/** What is to be certified, and where to. */
export interface CertifyOptions {
  readonly path: string;
  readonly layout?: LayoutName | undefined;
  readonly open: OpenOptions;
  /** A table of cases and splits in place of the data set's own. */
  readonly splits?: string | undefined;
  /** Problems of a verification: what they refuse is left out, and counted as a filter. */
  readonly problems?: string | undefined;
  /** The certificate that is written; none where absent. */
  readonly certificate?: string | undefined;
  /** Folder of the ledger: what a verification read whole is not read again. */
  readonly out: string;
  readonly lanes?: number | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
  readonly notice: (line: string) => void;
}

/** What `tomoe data certify --json` prints. */
export interface CertifyDocument extends Omit<Certificate, "format" | "leaks"> {
  readonly leaks: readonly Leak[];
  readonly ok: true;
  readonly certificate: string | null;
  /** Rows and cases that the problems given leave out. */
  readonly skipped: number;
  /** Scans that a call before had read. */
  readonly resumed: number;
}

/**
 * Certifies what the splits of a data set hold: each filter with its counts, patients, cases and items, digests of what
 * is asked and of every scan's bytes. No id enters its digest, so that two papers can be held against each other.
 *
 * @throws TomoeError of the layout; `DATA_MANIFEST` with all that is wrong with rows, splits and scans and is not among
 * the problems given; `DATA_EMPTY`; `OUTPUT_CREATE` where the certificate is there already; `LOCKED`, `CANCELLED` and those of the disk.
 */
export async function certifyData(options: CertifyOptions): Promise<CertifyDocument> {
  const { path, layout, splits, problems, signal } = options;
  const source = await openNamed(path, layout, { ...options.open, signal });
  const table = splits === undefined ? undefined : await readSplitTable(splits, signal);
  const skips = problems === undefined ? undefined : await readSkips(problems);
  const tally = new ContentTally(source.schema, skips !== undefined);
  const rows = { ignoresSplits: table !== undefined, keepsLeaks: true, skips, tally };
  const walk = new Certification({ keeper: new RowKeeper(source, rows), tally, table });
  const { intensity } = source.schema;
  const reading = { ...options, deep: true, intensity, what: "certification" };
  const resumed = await withReader(reading, async (reader) => {
    await readAll(walk, source, { reader, options });
    return reader.known;
  });
  if (walk.isEmpty) throw noRows(source);
  const certificate = walk.finish(source.layout);
  const { certificate: written = null } = options;
  if (written !== null) await writeNew(written, jsonText(certificate));
  const { format: _, ...stated } = certificate;
  return { ok: true, ...stated, certificate: written, skipped: walk.keeper.skipped.length, resumed };
}

async function readAll(
  walk: Certification,
  source: OpenedSource,
  {
    reader,
    options: { signal, onProgress },
  }: { readonly reader: ScanReader; readonly options: CertifyOptions },
): Promise<void> {
  const total = await countCases(source, signal);
  let done = 0;
  const take = async (all: boolean): Promise<void> => {
    for await (const read of reader.finished(all)) {
      walk.scan(read);
      onProgress(++done, total);
    }
  };
  for await (const kept of walk.keeper.rows()) {
    signal.throwIfAborted();
    walk.row(kept);
    if (kept.kind === "case") await reader.begin(kept.row);
    await take(false);
  }
  await take(true);
}
