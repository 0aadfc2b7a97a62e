import { createHash } from "node:crypto";
import { type TaskId, taskIds } from "../../../schema/task.ts";
import type { Dropped, SourceCase, SourceItem, SourceSchema, SplitName } from "../source.ts";

/** What a filter leaves rows out of. */
export type FilteredKind = "cases" | TaskId;

/** What a filter left of the rows of one kind and split. */
export interface FilterCount {
  readonly name: string;
  /** Cases, or the items of a task; of a file of problems items of any task, and rows that are neither. */
  readonly of: FilteredKind | "items" | "rows";
  /** As the data set has it; null where a row is in none, and for a file of problems. */
  readonly split: SplitName | null;
  readonly before: number;
  readonly after: number;
}

/** What a split holds. */
export interface SplitContent {
  readonly patients: number;
  readonly cases: number;
  readonly items: number;
  /** SHA-256 over what is said of every case and asked about it, patient by patient; no id and no order enters it. */
  readonly rows: string;
}

/** The split of a case by its id: null for one that is in none. */
export type SplitOfCase = (id: string, own: SplitName | null) => SplitName | null;

/** What is kept of a case: about 200 bytes, and 50 an item. */
interface TalliedCase {
  /** Its id in the data set, whatever split it is meant in. */
  readonly id: string;
  readonly patient: string;
  readonly split: SplitName | null;
  /** What is said of it, with its scan left out. */
  readonly said: string;
  readonly items: string[];
  /** How many items it has and the digest over all that is said, where they were counted by a tally before. */
  readonly sealed?: { readonly count: number; readonly rows: string };
}

/** A tally that counts nothing any more, as JSON. */
export interface TallyState {
  readonly met: readonly (readonly [key: string, count: number])[];
  readonly dropped: readonly (readonly [key: string, count: number])[];
  readonly leftOut: Readonly<Record<"cases" | "items" | "rows", number>>;
  readonly items: number;
  /** Each with its name, which is not its id where it stands in two splits. */
  readonly cases: readonly (readonly [
    name: string,
    id: string,
    patient: string,
    split: SplitName | null,
    items: number,
    rows: string,
  ])[];
}

/** What a case is called that stands in another split too. */
export function caseInSplit(id: string, split: SplitName): string {
  return `${id} (${split})`;
}

const splitNames: readonly (SplitName | null)[] = ["train", "validation", "test", null];

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Counts what filters leave of a data set, and digests what is left: texts and numbers, no id. */
export class ContentTally {
  readonly #filters: SourceSchema["filters"];
  readonly #cases = new Map<string, TalliedCase>();
  /** Rows by kind and split, kept or dropped, and dropped ones by filter. */
  #met = new Map<string, number>();
  #dropped = new Map<string, number>();
  #leftOut = { cases: 0, items: 0, rows: 0 };
  readonly #hasProblems: boolean;
  #items = 0;

  /**
   * @param hasProblems - true where a file of problems leaves rows out: then it is told as a filter.
   * @param state - of a tally that has counted all rows: this one is as it was, and takes no more.
   */
  constructor({ filters }: Pick<SourceSchema, "filters">, hasProblems: boolean, state?: TallyState) {
    this.#filters = filters;
    this.#hasProblems = hasProblems;
    if (state === undefined) return;
    this.#met = new Map(state.met);
    this.#dropped = new Map(state.dropped);
    this.#leftOut = { ...state.leftOut };
    this.#items = state.items;
    for (const [name, id, patient, split, count, rows] of state.cases)
      this.#cases.set(name, { id, patient, split, said: "", items: [], sealed: { count, rows } });
  }

  /** All that it has counted. */
  state(): TallyState {
    return {
      met: [...this.#met],
      dropped: [...this.#dropped],
      leftOut: { ...this.#leftOut },
      items: this.#items,
      cases: Array.from(this.#cases, ([name, one]) => {
        return [name, one.id, one.patient, one.split, countOf(one), rowsOf(one)] as const;
      }),
    };
  }

  case({ id, patient, split, slice, calibration, facts }: SourceCase): void {
    const said = sha256(JSON.stringify([slice ?? null, calibration ?? null, facts ?? null]));
    this.#cases.set(id, { id, patient, split, said, items: [] });
    this.#meet("cases", split);
  }

  /** @param ignoresSplits - false where an item of another split than its case's makes that case stand in both. */
  item(row: SourceItem, ignoresSplits: boolean): void {
    const { case: of, task, type, question, choices, target, labels, split } = row;
    const own = this.#cases.get(of);
    if (own === undefined) return;
    const said = [task, type ?? null, question, choices ?? null, target, labels ?? null];
    const isMoved = !ignoresSplits && split !== undefined && split !== own.split;
    const holder = isMoved ? this.#moved(of, own, split) : own;
    // As text of one byte a letter, a digest is 32 bytes.
    holder.items.push(createHash("sha256").update(JSON.stringify(said)).digest("binary"));
    this.#items++;
    this.#meet(task, split ?? own.split);
  }

  #moved(id: string, own: TalliedCase, split: SplitName): TalliedCase {
    const name = caseInSplit(id, split);
    const known = this.#cases.get(name) ?? { ...own, split, items: [] };
    this.#cases.set(name, known);
    return known;
  }

  /** A row that a filter of the layout left out. */
  drop({ task, split, filter }: Dropped): void {
    const of = task ?? "cases";
    this.#meet(of, split);
    const key = keyOf(of, split, filter);
    this.#dropped.set(key, (this.#dropped.get(key) ?? 0) + 1);
  }

  /** Something that a file of problems left out. */
  leaveOut(what: "cases" | "items" | "rows"): void {
    this.#leftOut[what]++;
  }

  /** Where the data set puts a case. */
  splitOf(id: string): SplitName | null {
    return this.#cases.get(id)?.split ?? null;
  }

  /** Every case in its split, by the id of the data set: one that stands in two splits comes twice. */
  *cases(splitOf: SplitOfCase): Generator<readonly [id: string, split: SplitName | null]> {
    for (const [id, one] of this.#cases) yield [one.id, splitOf(id, one.split)];
  }

  /** Every filter in the order it is applied, for each kind and split that it met rows of. */
  filters(): readonly FilterCount[] {
    const counts: FilterCount[] = [];
    for (const of of ["cases", ...taskIds] as const)
      for (const split of splitNames) {
        let before = this.#met.get(keyOf(of, split)) ?? 0;
        if (before === 0) continue;
        const left = (name: string): number => this.#dropped.get(keyOf(of, split, name)) ?? 0;
        // Items of a case that a filter left out go with it, whatever the layout's own filters say of them.
        for (const name of [...(this.#filters[of] ?? []), ...(left("case") === 0 ? [] : ["case"])]) {
          const after = before - left(name);
          counts.push({ name, of, split, before, after });
          before = after;
        }
      }
    return this.#hasProblems ? [...counts, ...this.#problemCounts()] : counts;
  }

  #problemCounts(): readonly FilterCount[] {
    const { cases, items, rows } = this.#leftOut;
    const count = (of: FilterCount["of"], after: number, left: number): FilterCount => ({
      name: "problems",
      of,
      split: null,
      before: after + left,
      after,
    });
    return [
      count("cases", this.#cases.size, cases),
      count("items", this.#items, items),
      ...(rows === 0 ? [] : [count("rows", 0, rows)]),
    ];
  }

  /** What each split holds. */
  splits(splitOf: SplitOfCase): Readonly<Record<SplitName, SplitContent>> {
    const of = (split: SplitName): SplitContent => {
      const cases = this.#in(split, splitOf);
      return {
        patients: new Set(cases.map(([, { patient }]) => patient)).size,
        cases: cases.length,
        items: cases.reduce((sum, [, one]) => sum + countOf(one), 0),
        rows: digestOf(cases.map(([, one]) => [one.patient, rowsOf(one)])),
      };
    };
    return { train: of("train"), validation: of("validation"), test: of("test") };
  }

  /**
   * SHA-256 over the scans of a split with what is said of and asked about each, patient by patient.
   *
   * @param scanOf - the digest of a case's scan, by the id it has in its split and by that of the data set.
   * @returns null where the digest of a scan is not known.
   */
  scans(
    split: SplitName,
    splitOf: SplitOfCase,
    scanOf: (id: string, own: string) => string | undefined,
  ): string | null {
    const cases = this.#in(split, splitOf);
    const known = cases.map(([id, one]) => {
      const scan = scanOf(id, one.id);
      return scan === undefined ? undefined : ([one.patient, sha256(`${scan}/${rowsOf(one)}`)] as const);
    });
    return known.includes(undefined) ? null : digestOf(known.filter((pair) => pair !== undefined));
  }

  #in(split: SplitName, splitOf: SplitOfCase): readonly (readonly [string, TalliedCase])[] {
    return [...this.#cases].filter(([id, one]) => splitOf(id, one.split) === split);
  }

  #meet(of: FilteredKind, split: SplitName | null): void {
    const key = keyOf(of, split);
    this.#met.set(key, (this.#met.get(key) ?? 0) + 1);
  }
}

const keyOf = (...parts: readonly (string | null)[]): string => parts.map((part) => part ?? "").join("/");

function countOf({ sealed, items }: TalliedCase): number {
  return sealed?.count ?? items.length;
}

function rowsOf({ sealed, said, items }: TalliedCase): string {
  return sealed?.rows ?? sha256([said, ...items.toSorted()].join("\n"));
}

/** Digest of a split of digests, each with its patient: who they are does not count, and what is of one does. */
function digestOf(cases: readonly (readonly [patient: string, digest: string])[]): string {
  const patients = new Map<string, string[]>();
  for (const [patient, digest] of cases) patients.set(patient, [...(patients.get(patient) ?? []), digest]);
  const groups = [...patients.values()].map((digests) => digests.toSorted().join(","));
  return sha256(["tomoe.content/1", ...groups.toSorted()].join("\n"));
}
