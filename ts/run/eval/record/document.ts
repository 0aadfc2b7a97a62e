import type { AdversaryEntry, ClosedPicture, PairedEntry, Warning } from "../../../eval/index.ts";
import type { ScorecardEntry } from "../../../schema/answers/scorecard.ts";
import type { StageSummary } from "./stages.ts";

/** A limit on a number, and whether it holds. */
export interface JudgedGate {
  readonly gate: string;
  readonly value: number;
  readonly held: boolean;
}

/** A number that a gate may name, as "task/metric". */
export interface GatedNumber {
  readonly task: string;
  readonly metric: string;
}

/** A file of rows that numbers come from; `tomoe verify` reads it again. */
export interface ResultInput {
  readonly role: "rows" | "system";
  /** Beside the document. */
  readonly path: string;
  readonly sha256: string;
  /** Whose rows they are, in a comparison; the answer mode of rows that are not of the recipe's own. */
  readonly system?: string;
}

/** What `tomoe eval --json` prints, and `results.json` holds. */
export interface EvalDocument {
  readonly ok: true;
  readonly evalId: string;
  readonly dir: string;
  readonly runId: string;
  readonly checkpoint: string;
  readonly stages: readonly StageSummary[];
  readonly scorecard: readonly ScorecardEntry[];
  /** The recipe's answer mode and answers in words, on the same closed questions. */
  readonly comparison: readonly PairedEntry[];
  /** `second` is the system, `first` the adversary. */
  readonly adversaries: readonly AdversaryEntry[];
  /** Confusion and calibration of closed answers; null where none is asked. */
  readonly closed: ClosedPicture | null;
  readonly rows: {
    readonly given: number;
    readonly expected: number;
    readonly scored: number;
    readonly failed: number;
  };
  readonly gates: readonly JudgedGate[];
  readonly inputs: readonly ResultInput[];
  readonly warnings: readonly Warning[];
  readonly files: readonly string[];
}

/** The numbers that gates may name: those of the scorecard, and each gap as "metric.over.adversary". */
export function gatedNumbers({
  scorecard,
  adversaries,
}: Pick<EvalDocument, "scorecard" | "adversaries">): readonly GatedNumber[] {
  const gaps = adversaries.map(({ task, metric, adversary, difference, ...gap }) => ({
    ...gap,
    task,
    metric: `${metric}.over.${adversary}`,
    difference,
    value: difference,
  }));
  return [...scorecard, ...gaps];
}
