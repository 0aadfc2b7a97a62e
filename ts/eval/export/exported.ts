import type { ScorecardEntry } from "../../schema/answers/scorecard.ts";
import type { ItemScores } from "../items.ts";
import { betterOf, boundsOf } from "../metrics/facts.ts";
import { itemKey, type PredictionRow, typesOf } from "../rows/row.ts";

/** What an export for another program is made of. */
export interface Exported {
  /** What was evaluated, as a name of letters, digits and `._-`. */
  readonly name: string;
  /** "developer/model". */
  readonly model: string;
  readonly at: Date;
  /** Version of this package. */
  readonly version: string;
  /** SHA-256 of the file of rows. */
  readonly digest: string;
  readonly entries: readonly ScorecardEntry[];
  /** The rows that were scored, with the questions that were asked where the file has them. */
  readonly rows: readonly PredictionRow[];
  readonly items: readonly ItemScores[];
}

/** A name as a part of a path on every machine: letters, digits and `._-`, no dot or dash at its ends. */
export function portableName(name: string): string {
  const plain = name
    .normalize("NFC")
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, "_")
    .replaceAll(/^[._-]+|[._-]+$/g, "");
  const isReserved = /^(?:data|con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\.|$)/i.test(plain);
  return plain === "" || isReserved ? `x_${plain}` : plain;
}

/** The key by which an item's score and a scorecard's number find each other. */
export const numberKey = ({ task, metric }: Pick<ScorecardEntry, "task" | "metric">): string =>
  `${task}/${metric}`;

/** Part of a signature that begins so; undefined where it has none. */
export const signaturePart = ({ signature }: ScorecardEntry, start: string): string | undefined =>
  signature.split("|").find((part) => part.startsWith(start));

/** Scores of an item under each metric that is a mean of items, by item. */
export const scoresByItem = ({ items }: Exported): ReadonlyMap<string, ItemScores["scores"]> =>
  new Map(items.map((item) => [itemKey(item), item.scores]));

/** True for a score that cannot be better. */
export function isBest(score: number, { metric, signature }: ScorecardEntry): boolean {
  const { floor, ceiling } = boundsOf(metric, signature);
  return betterOf(metric) === "lower" ? score <= floor : score >= ceiling;
}

/** What stands beside an entry's value, but for the value and its interval. */
export function countsOf({
  metric,
  n,
  clusters,
  unit,
  chance,
  majority,
  answerMode,
  truncated,
}: ScorecardEntry) {
  return { metric, n, clusters, unit, chance, majority, answerMode, truncated };
}

/** What makes a row an item and an answer, beside its texts, under the names by which our readers find it again. */
export function besideOf(row: PredictionRow): Readonly<Record<string, unknown>> {
  const types = typesOf(row);
  const {
    type,
    task,
    case: scan,
    subject,
    answerMode,
    choiceLogProbs,
    choiceTokens,
    labels,
    truncated,
  } = row;
  const found = {
    task,
    case: scan,
    patient: subject,
    type: typeof type === "string" ? type : undefined,
    types: typeof type === "string" || types.length === 0 ? undefined : types,
    answerMode,
    choiceLogProbs,
    choiceTokens,
    labels,
    truncated,
    meta: row.meta,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/** JSON on one line, also for readers that take other characters than a newline for the end of one. */
export const jsonLine = (value: object): string =>
  `${JSON.stringify(value).replaceAll(/[\u0085\u2028\u2029]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
