import {
  type Certificate,
  type ContentTally,
  certificateDigest,
  type Kept,
  type Leak,
  LeakScan,
  type RowKeeper,
  type SourceCase,
  type SourceProblem,
  type SplitName,
  type SplitOfCase,
  type SplitTable,
  splitProblems,
} from "../../data/sources/index.ts";
import { bug } from "../../errors.ts";
import type { LayoutName } from "../../schema/tables/layouts.ts";
import type { ReadCase } from "./scans/read-scans.ts";
import type { ScanVerdict } from "./scans/scan-check.ts";

/** What a certification works with. */
interface CertificationParts {
  readonly keeper: RowKeeper;
  readonly tally: ContentTally;
  /** Splits in place of the data set's own. */
  readonly table: SplitTable | undefined;
}

/** What the bytes of a case's scan are. */
interface KnownScan {
  readonly digest: string;
  /** Slices of one stack are scans of their own. */
  readonly slice: number | undefined;
}

/** Takes rows and scans as they come, and states what the splits hold once all are known. */
export class Certification {
  readonly keeper: RowKeeper;
  readonly #parts: CertificationParts;
  readonly #splitOf: SplitOfCase;
  readonly #leaks = new LeakScan();
  readonly #scans = new Map<string, KnownScan>();
  #rows = 0;

  constructor(parts: CertificationParts) {
    const { keeper, table } = parts;
    this.keeper = keeper;
    this.#parts = parts;
    this.#splitOf = (id, own) => (table === undefined ? own : (table.splitOf.get(id) ?? null));
  }

  /** True where no row was kept. */
  get isEmpty(): boolean {
    return this.#rows === 0 && this.keeper.skipped.length === 0;
  }

  /** A row that is kept; the tally has it already. */
  row(kept: Kept): void {
    this.#rows++;
    const { tally, table } = this.#parts;
    if (kept.kind === "case") {
      const { row } = kept;
      for (const problem of splitProblems(row, table)) this.keeper.refuse(problem);
      this.#leaks.case({ ...row, split: this.#splitOf(row.id, row.split) });
      return;
    }
    const { row } = kept;
    const split = this.#splitOf(row.case, tally.splitOf(row.case));
    this.#leaks.item(table === undefined ? row : { ...row, split: undefined }, split);
  }

  /** What reading the scan of a case came to. */
  scan({ row, verdict }: ReadCase): void {
    if (verdict === null || verdict.source === null) this.keeper.refuse(scanProblem(row, verdict));
    else this.#scans.set(row.id, { digest: verdict.source, slice: row.slice });
  }

  /** @throws TomoeError `DATA_MANIFEST` with all that is wrong. */
  finish(layout: LayoutName): Certificate {
    this.keeper.finish();
    const { tally } = this.#parts;
    const content = tally.splits(this.#splitOf);
    const of = (split: SplitName) => ({ ...content[split], scans: this.#scansOf(split) });
    const splits = { train: of("train"), validation: of("validation"), test: of("test") };
    const body = { filters: [...tally.filters()], splits, leaks: this.#shared() };
    return { format: "tomoe.certificate/1", layout, ...body, digest: certificateDigest(body) };
  }

  #scansOf(split: SplitName): string {
    const scans = this.#parts.tally.scans(split, this.#splitOf, (_, id) => this.#scans.get(id)?.digest);
    if (scans === null) throw bug("a scan was neither read nor refused", { split });
    return scans;
  }

  /** Patients and reports as rows say; volumes by their bytes, whatever cases are called. */
  #shared(): Certificate["leaks"] {
    const volumes = new LeakScan();
    for (const [id, split] of this.#parts.tally.cases(this.#splitOf)) {
      const { digest, slice } = this.#scans.get(id) ?? { digest: id, slice: undefined };
      volumes.volume(`${digest}/${slice ?? ""}`, split);
    }
    const of = (scan: LeakScan, kind: Leak["kind"]) => scan.leaks().filter((leak) => leak.kind === kind);
    return [...of(this.#leaks, "patient"), ...volumes.leaks(), ...of(this.#leaks, "report")].map(
      ({ kind, splits, count }) => ({ kind, splits: [...splits], count }),
    );
  }
}

function scanProblem({ id, place }: SourceCase, verdict: ScanVerdict | null): SourceProblem {
  const { refusal } = verdict ?? {};
  const isMissing = verdict === null || refusal === null || refusal === undefined;
  return {
    code: isMissing ? "PATH_NOT_FOUND" : "DATA_UNSUPPORTED",
    message: isMissing
      ? `the scan of case "${id}" is not there`
      : `the scan of case "${id}" is refused: ${refusal.message} (${refusal.code})`,
    hint: "Verify the data set with tomoe data verify --deep, and leave out what it refuses: --problems problems.jsonl.",
    case: id,
    place,
  };
}
