/** A ratio that a row has to reach. */
export interface Target {
  readonly against: "peer" | "floor";
  /** peer (or floor) time divided by ours, at least. */
  readonly atLeast: number;
}

/** One measured case of a benchmark; times are medians in milliseconds, all of the same run. */
export interface BenchRow {
  /** Name of the benchmark, e.g. "transport.tensor". */
  readonly name: string;
  /** What was measured, e.g. "64 MiB, file region, shard". */
  readonly what: string;
  readonly oursMs: number;
  readonly peerMs: number | null;
  readonly floorMs: number | null;
  readonly targets: readonly Target[];
  /** Further figures for the record: rounds, spread, CPU, rates. */
  readonly details: { readonly [figure: string]: number | string | readonly number[] };
}

/** Peer and floor time over ours: above 1 ours is faster. */
export interface Ratios {
  readonly peer: number | null;
  readonly floor: number | null;
}

/** How many times ours the peer and the floor take; null where there is none. */
export function ratiosOf(row: BenchRow): Ratios {
  const over = (ms: number | null): number | null => (ms === null ? null : ms / row.oursMs);
  return { peer: over(row.peerMs), floor: over(row.floorMs) };
}

/** The targets a row misses; a target against something not measured counts as missed. */
export function missedTargets(row: BenchRow): readonly Target[] {
  const ratios = ratiosOf(row);
  return row.targets.filter(({ against, atLeast }) => !((ratios[against] ?? 0) >= atLeast));
}

/** Middle of the sorted values; the mean of the middle two for an even count. `NaN` for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/**
 * The value below which the share `share` (0..1) of the values lies, the nearest one at or above. `NaN` for
 * none.
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}

/** The row as one line for people. */
export function lineOf(row: BenchRow): string {
  const ratios = ratiosOf(row),
    missed = missedTargets(row);
  const shown = (label: string, ms: number | null): string =>
    `${label} ${ms === null ? "-" : `${number(ms)} ms`}`;
  const ratio = (["peer", "floor"] as const).flatMap((against) =>
    ratios[against] === null ? [] : [`${number(ratios[against])}x ${against}`],
  );
  const targets = row.targets.map(({ against, atLeast }) => `>= ${atLeast}x ${against}`);
  const verdict =
    row.targets.length === 0
      ? ""
      : missed.length === 0
        ? " ok"
        : ` MISSED ${missed.map(({ against }) => against).join(", ")}`;
  return [
    `${row.name} ${row.what}: ${shown("ours", row.oursMs)}`,
    shown("peer", row.peerMs),
    shown("floor", row.floorMs),
    `ratio ${ratio.join(", ") || "-"}`,
    `target ${targets.join(", ") || "-"}${verdict}`,
  ].join(" | ");
}

function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** The rows as the document that `--json` writes. */
export function documentOf(rows: readonly BenchRow[]): object {
  return {
    ok: rows.every((row) => missedTargets(row).length === 0),
    rows: rows.map((row) => ({ ...row, ratios: ratiosOf(row), missed: missedTargets(row) })),
  };
}
