import { predicts } from "../../schema/task.ts";
import { hashes, Seen } from "../dataset/index.ts";
import type { SourceCase, SourceItem, SplitName } from "./source.ts";

/** A report as it is compared: what looks the same is the same. */
export function plainReport(report: string): string {
  return report.normalize("NFKC").toLowerCase().split(/\s+/u).join(" ").trim();
}

/** What stands in more than one split, counted by the splits that share it. */
export interface Leak {
  readonly kind: "patient" | "volume" | "report";
  readonly splits: readonly SplitName[];
  /** Patients, volumes or texts. */
  readonly count: number;
}

const splitOrder: readonly SplitName[] = ["train", "validation", "test"];

const bitOf = (split: SplitName | null): number => (split === null ? 0 : 1 << splitOrder.indexOf(split));

const isShared = (mask: number): boolean => (mask & (mask - 1)) !== 0;

/**
 * Looks for patients, volumes and reports that stand in more than one split, over any number of rows: it holds a few
 * bytes a row, and more only of what is shared.
 *
 * A report counts where one patient alone of the first of the splits has it: "No acute finding." of many patients
 * gives nobody away, and is among the duplicates.
 */
export class LeakScan {
  /** Number of a patient, and by that number the splits it stands in, as bits. */
  readonly #patients = new Seen();
  readonly #patientSplits = new Seen();
  /** Number of its patient by case. */
  readonly #cases = new Seen();
  readonly #volumes = new Seen();
  /** By text and split: number of its patient * 2 + 1 where another has it too. */
  readonly #owners = new Seen();
  /** By text: splits as bits. */
  readonly #texts = new Seen();
  /** Keys of texts that stand in several splits. */
  readonly #sharedTexts = new Set<string>();
  readonly #counts = { patient: new Map<number, number>(), volume: new Map<number, number>() };
  #repeatedReports = 0;

  /** Reports that say what one before them says. */
  get repeatedReports(): number {
    return this.#repeatedReports;
  }

  case({ id, patient, split }: SourceCase): void {
    const number = this.#patients.get(patient) ?? this.#patients.size;
    this.#patients.set(patient, number);
    this.#cases.set(id, number);
    this.#stands(number, split);
    this.volume(id, split);
  }

  /**
   * A volume under any key of its own: its case, or the digest of its bytes.
   *
   * @returns true where the key was met before.
   */
  volume(key: string, split: SplitName | null): boolean {
    const before = this.#volumes.get(key);
    this.#volumes.set(key, this.#widened("volume", before ?? 0, bitOf(split)));
    return before !== undefined;
  }

  /**
   * @param split - of the item's case.
   * @returns true for a report that says what one before it says.
   */
  item(row: SourceItem, split: SplitName | null): boolean {
    const own = row.split ?? split;
    const patient = this.#cases.get(row.case);
    // A question of another split on a case is a leak of its patient and of its volume.
    if (own !== split) {
      this.volume(row.case, own);
      if (patient !== undefined) this.#stands(patient, own);
    }
    if (!predicts(row.task, "report")) return false;
    const key = hashes(`${row.type ?? ""}\0${plainReport(row.target)}`).join(":");
    const before = this.#texts.get(key);
    const mask = (before ?? 0) | bitOf(own);
    this.#texts.set(key, mask);
    if (isShared(mask)) this.#sharedTexts.add(key);
    const owner = this.#owners.get(`${key}/${own ?? ""}`);
    const isOther = owner !== undefined && owner >>> 1 !== patient;
    this.#owners.set(
      `${key}/${own ?? ""}`,
      owner === undefined ? 2 * (patient ?? 0) : owner | Number(isOther),
    );
    if (before !== undefined) this.#repeatedReports++;
    return before !== undefined;
  }

  /** What is shared, patients first, by splits. */
  leaks(): readonly Leak[] {
    const reports = new Map<number, number>();
    for (const key of this.#sharedTexts) {
      const mask = this.#texts.get(key) ?? 0;
      const first = splitOrder.find((split) => (mask & bitOf(split)) !== 0) ?? null;
      const isOwn = ((this.#owners.get(`${key}/${first ?? ""}`) ?? 0) & 1) === 0;
      if (isOwn) reports.set(mask, (reports.get(mask) ?? 0) + 1);
    }
    return [
      ...counted("patient", this.#counts.patient),
      ...counted("volume", this.#counts.volume),
      ...counted("report", reports),
    ];
  }

  #stands(patient: number, split: SplitName | null): void {
    const key = String(patient);
    this.#patientSplits.set(key, this.#widened("patient", this.#patientSplits.get(key) ?? 0, bitOf(split)));
  }

  /** Splits with one more, kept count of. */
  #widened(kind: "patient" | "volume", before: number, bit: number): number {
    const mask = before | bit;
    const counts = this.#counts[kind];
    if (mask !== before && isShared(before)) counts.set(before, (counts.get(before) ?? 0) - 1);
    if (mask !== before && isShared(mask)) counts.set(mask, (counts.get(mask) ?? 0) + 1);
    return mask;
  }
}

function counted(kind: Leak["kind"], counts: ReadonlyMap<number, number>): readonly Leak[] {
  return [...counts]
    .filter(([, count]) => count > 0)
    .sort(([a], [b]) => a - b)
    .map(([mask, count]) => ({
      kind,
      splits: splitOrder.filter((split) => (mask & bitOf(split)) !== 0),
      count,
    }));
}
