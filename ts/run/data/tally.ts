import { createHash, type Hash } from "node:crypto";
import { statisticsAxis } from "../../data/index.ts";
import type { Dropped, SourceCase, SourceItem } from "../../data/sources/index.ts";
import type { ReadCase } from "./scans/read-scans.ts";

/** HU over all scans of which every voxel was read. */
export interface HuSummary {
  readonly scans: number;
  readonly ok: number;
  readonly suspect: number;
  readonly min: number;
  readonly max: number;
  /** Mean over scans of their means. */
  readonly mean: number;
  /** Medians over scans of the values below which 1, 50 and 99 % of their voxels lie. */
  readonly p01: number;
  readonly p50: number;
  readonly p99: number;
}

/** Counts what a verification meets, and digests it; holds a few numbers a scan. */
export class Tally {
  readonly cases = { total: 0, read: 0, refused: 0, missing: 0 };
  readonly items = { total: 0, refused: 0 };
  readonly rows = { refused: 0 };
  /** Distances of slices in mm, of scans that are read. */
  readonly sliceMm: number[] = [];
  /** Mean share of the voxels in each bin of `statisticsAxis`. */
  readonly shares: number[] = Array.from({ length: statisticsAxis.bins }, () => 0);
  readonly #quantiles = { p01: [] as number[], p50: [] as number[], p99: [] as number[] };
  readonly #hu = { ok: 0, suspect: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, mean: 0 };
  readonly #dropped = new Map<
    string,
    { readonly what: Dropped["what"]; readonly filter: string; count: number }
  >();
  readonly #hash: Hash;

  readonly #deep: boolean;

  /**
   * @param what - goes first into the digest.
   * @param deep - true where every voxel is read: then all bytes of a scan go into the digest, else parts of them.
   */
  constructor(what: string, deep: boolean) {
    this.#deep = deep;
    this.#hash = createHash("sha256").update(`tomoe.verified/1/${what}`);
  }

  scan({ row, verdict }: ReadCase): void {
    this.cases.total++;
    if (verdict === null) this.cases.missing++;
    else if (verdict.refusal !== null) this.cases.refused++;
    else this.cases.read++;
    const bytes = (this.#deep ? verdict?.content : undefined) ?? verdict?.sample ?? null;
    this.digest([...caseFacts(row), verdict?.refusal?.code ?? null, bytes]);
    if (verdict?.spacingMmDHW) this.sliceMm.push(verdict.spacingMmDHW[0]);
    const { hu } = verdict ?? {};
    if (hu === undefined || hu === null || verdict === null) return;
    this.#hu[verdict.verdict === "suspect" ? "suspect" : "ok"]++;
    this.#hu.min = Math.min(this.#hu.min, hu.min);
    this.#hu.max = Math.max(this.#hu.max, hu.max);
    this.#hu.mean += hu.mean;
    for (const name of ["p01", "p50", "p99"] as const) this.#quantiles[name].push(hu[name]);
    hu.shares.forEach((share, bin) => {
      this.shares[bin] = (this.shares[bin] ?? 0) + share;
    });
  }

  item(row: SourceItem, isRefused: boolean): void {
    this.items.total++;
    if (isRefused) this.items.refused++;
    this.digest([
      row.id,
      row.case,
      row.task,
      row.type ?? null,
      row.question,
      row.choices ?? null,
      row.target,
    ]);
  }

  refusedItem(): void {
    this.items.total++;
    this.items.refused++;
  }

  refusedCase(): void {
    this.cases.total++;
    this.cases.refused++;
  }

  drop({ what, filter }: Dropped): void {
    const key = `${what}/${filter}`;
    const known = this.#dropped.get(key) ?? { what, filter, count: 0 };
    known.count++;
    this.#dropped.set(key, known);
  }

  digest(value: unknown): void {
    this.#hash.update(`\n${JSON.stringify(value)}`);
  }

  get dropped(): readonly {
    readonly what: Dropped["what"];
    readonly filter: string;
    readonly count: number;
  }[] {
    return [...this.#dropped.values()];
  }

  /** Null where no voxels were read. */
  hu(): HuSummary | null {
    const { ok, suspect, min, max, mean } = this.#hu;
    const scans = ok + suspect;
    if (scans === 0) return null;
    const { p01, p50, p99 } = this.#quantiles;
    const values = {
      mean: Number((mean / scans).toFixed(3)),
      p01: median(p01),
      p50: median(p50),
      p99: median(p99),
    };
    return { scans, ok, suspect, min, max, ...values };
  }

  finish(): string {
    return this.#hash.digest("hex");
  }
}

function caseFacts({
  id,
  patient,
  split,
  series,
  slice,
  calibration,
  facts,
}: SourceCase): readonly unknown[] {
  return [id, patient, split, series ?? null, slice ?? null, calibration ?? null, facts ?? null];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
