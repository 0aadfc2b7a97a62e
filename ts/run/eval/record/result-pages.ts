import {
  type ChosenBy,
  type ClosedPicture,
  type PairedEntry,
  pPhrase,
  type Warning,
} from "../../../eval/index.ts";
import { type EvalPage, renderEvalPage } from "../../../plots/index.ts";
import type { ScorecardEntry } from "../../../schema/answers/scorecard.ts";
import { casesOf, type ShownRow } from "./cases.ts";
import type { JudgedGate } from "./document.ts";

/** What every page of a result tells. */
interface Told {
  /** Name of what was scored or compared. */
  readonly name: string;
  /** SHA-256 of the rows. */
  readonly digest: string;
  readonly gates: readonly JudgedGate[];
  readonly warnings: readonly Warning[];
}

/** What the page of a scorecard is made of. */
export interface ScorePage extends Told {
  readonly entries: readonly ScorecardEntry[];
  readonly closed: ClosedPicture | null;
  /** What names the option of a closed answer. */
  readonly by: ChosenBy;
  /** The rows that were scored, with questions and routes where the file has them. */
  readonly rows: readonly ShownRow[];
  /** Rows that were not scored. */
  readonly dropped: number;
}

const nothing: Omit<EvalPage, "title" | "facts" | "gates" | "warnings"> = {
  scorecard: [],
  gaps: { heading: "", title: "", note: "", rows: [] },
  confusion: null,
  calibration: null,
  cases: [],
  ofCases: 0,
  hasScans: false,
};

const toldOf = ({ gates, warnings }: Told) => ({
  gates,
  warnings: warnings.map(({ code, message }) => `${code}: ${message}`),
});

/** The page of `tomoe score`: scorecard, confusion and calibration, and the first cases with both texts and options. */
export function scorePage(made: ScorePage): string {
  const { name, digest, entries, closed, by, rows, dropped } = made;
  return renderEvalPage({
    ...nothing,
    ...toldOf(made),
    ...casesOf(rows, { by }),
    title: `Scorecard of ${name}`,
    facts: [
      ["rows", `${rows.length} scored, ${dropped} dropped`],
      ["SHA-256 of the rows", digest],
      ...(closed === null ? [] : [["options are named by", by] as const]),
    ],
    scorecard: entries,
    confusion: closed?.confusion ?? null,
    calibration: closed?.calibration ?? null,
  });
}

function pairRow({ task, metric, a, b, ...pair }: PairedEntry): EvalPage["gaps"]["rows"][number] {
  return {
    label: `${task} ${metric}: ${b} - ${a}`,
    note: `${pair.n} items of ${pair.clusters} patients: ${pair.second.toFixed(3)} and ${pair.first.toFixed(3)}`,
    difference: pair.difference,
    low: pair.ciLow,
    high: pair.ciHigh,
    verdict: `${pair.verdict}, ${pPhrase(pair)}`,
    isPrimary: pair.primary,
  };
}

/** The page of `tomoe compare`: every difference with its interval as a forest, primaries strong, verdicts in words. */
export function comparisonPage(
  made: Told & { readonly systems: readonly string[]; readonly entries: readonly PairedEntry[] },
): string {
  const { name, digest, systems, entries } = made;
  const sorted = [...entries.filter(({ primary }) => primary), ...entries.filter(({ primary }) => !primary)];
  return renderEvalPage({
    ...nothing,
    ...toldOf(made),
    title: `Comparison with ${name}`,
    facts: [
      ["systems", systems.join(", ")],
      ["SHA-256 of the rows", digest],
    ],
    gaps: {
      heading: "Differences",
      title: "Second minus first, on the same items",
      note: "95% intervals of the same test; strong: a number that a verdict is given of, after Holm's correction",
      rows: sorted.map(pairRow),
    },
  });
}
