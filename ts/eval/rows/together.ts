import { nearest } from "../../schema/nearest.ts";
import { questionTypes, type TaskId } from "../../schema/task.ts";
import { splitWords } from "../metrics/text.ts";
import { looksLike, Names } from "./names.ts";
import { escaped, shown } from "./problems.ts";
import { type PredictionRow, typesOf } from "./row.ts";

/** Something that does not make a file wrong, and that its reader should know. */
export interface Warning {
  readonly code: string;
  readonly message: string;
}

type Tell = (problem: string) => void;
type Place = (index: number) => string;

const typeLooksLike = (name: string): string => splitWords(looksLike(name)).join("").toLowerCase();

/** How many rows have a key, and the first that has none. */
class Given {
  private first = "";
  private rows = 0;
  private without = 0;

  see(isGiven: boolean, place: () => string): void {
    this.rows += 1;
    if (isGiven) return;
    if (this.without === 0) this.first = place();
    this.without += 1;
  }

  tell(key: string, tell: Tell): void {
    if (this.without === 0 || this.without === this.rows) return;
    tell(
      `${this.first}: ${key} is missing here, on ${this.without} of ${this.rows} rows in all: give it on every one, or on none`,
    );
  }
}

interface TaskSeen {
  readonly places: Map<string, number>;
  readonly type: Given;
  readonly mode: Given;
  readonly modes: Set<string>;
}

/** What only shows when rows are seen together; rows are seen one by one, as they are read. */
export class Together {
  private readonly place: Place;
  private readonly tell: Tell;
  private readonly rows: readonly PredictionRow[];
  private readonly cases = new Names("case", looksLike);
  private readonly subjects = new Names("subject", looksLike);
  private readonly types = new Names("type", typeLooksLike);
  private readonly subjectOf = new Map<string, string | undefined>();
  private readonly subject = new Given();
  /** Subjects in lower case, each with the first that is written so, and with the first other one. */
  private readonly spelt = new Map<string, { readonly name: string; other?: string }>();
  private readonly tasks = new Map<TaskId, TaskSeen>();

  /** @param rows - grows while rows are seen; `place` names the row at an index of it. */
  constructor(rows: readonly PredictionRow[], place: Place, tell: Tell) {
    this.rows = rows;
    this.place = place;
    this.tell = tell;
  }

  /** Sees the row at `index` of the list. */
  see(row: PredictionRow, index: number): void {
    const place = (): string => this.place(index);
    const seen = this.seenOf(row.task);
    this.seeId(row, index, seen);
    this.seeCase(row, place);
    const types = typesOf(row);
    for (const type of types) this.types.see(type, place, this.tell);
    seen.type.see(types.length > 0, place);
    seen.mode.see(row.answerMode !== undefined, place);
    if (row.answerMode !== undefined) seen.modes.add(row.answerMode);
    this.subject.see(row.subject !== undefined, place);
  }

  /** Tells what is missing on some rows alone; call it after the last row. */
  end(): void {
    this.subject.tell("subject", this.tell);
    for (const [task, { type, mode, modes }] of this.tasks) {
      type.tell(`type (${task})`, this.tell);
      mode.tell(`answerMode (${task})`, this.tell);
      if (modes.size > 1)
        this.tell(
          `rows of ${task} name several answer modes (${[...modes].sort().join(", ")}): score them apart`,
        );
    }
  }

  /** Types that may be a misspelling of one that benchmarks share, and subjects that may be one patient. */
  warnings(): readonly Warning[] {
    return [...this.nearTypes(), ...this.nearSubjects()];
  }

  private nearSubjects(): readonly Warning[] {
    const pairs = [...this.spelt.values()].flatMap(({ name, other }) =>
      other === undefined ? [] : [`${shown(name)} and ${shown(other)}`],
    );
    if (pairs.length === 0) return [];
    const more = pairs.length === 1 ? "" : ` (${pairs.length} such pairs)`;
    return [
      {
        code: "SUBJECT_NEAR_ANOTHER",
        message: escaped(
          `subjects ${pairs[0]}${more} differ by letter case alone: each counts as a patient of its own, and intervals are too narrow where they are one`,
        ),
      },
    ];
  }

  private nearTypes(): readonly Warning[] {
    const known: readonly string[] = questionTypes;
    return [...this.types.written.values()].flatMap(({ name, place }) => {
      const near = known.includes(name) || name.length > 100 ? undefined : nearest(name, known);
      return near === undefined || near.length < 4
        ? []
        : [
            {
              code: "TYPE_NEAR_ANOTHER",
              message: escaped(`${place}: type ${shown(name)} is close to "${near}"`),
            },
          ];
    });
  }

  private seenOf(task: TaskId): TaskSeen {
    const found = this.tasks.get(task);
    if (found !== undefined) return found;
    const made = { places: new Map(), type: new Given(), mode: new Given(), modes: new Set<string>() };
    this.tasks.set(task, made);
    return made;
  }

  private seeId(row: PredictionRow, index: number, { places }: TaskSeen): void {
    const key = looksLike(row.id);
    const before = places.get(key);
    if (before === undefined) {
      places.set(key, index);
      return;
    }
    const other = this.rows[before]?.id ?? "";
    this.tell(
      other === row.id
        ? `${this.place(index)}: the id ${shown(row.id)} of ${row.task} stands on ${this.place(before)} already`
        : `${this.place(index)}: the id ${shown(row.id)} of ${row.task} looks like ${shown(other)} on ${this.place(before)}: ids that differ in spaces, unseen characters or Unicode forms alone are one`,
    );
  }

  private seeCase(row: PredictionRow, place: () => string): void {
    const { subject } = row;
    if (this.subjectOf.has(row.case)) {
      const before = this.subjectOf.get(row.case);
      if (before !== subject)
        this.tell(
          `${place()}: case ${shown(row.case)} has subject ${subject === undefined ? "(none)" : shown(subject)} here and ${before === undefined ? "(none)" : shown(before)} before`,
        );
      return;
    }
    this.subjectOf.set(row.case, subject);
    this.cases.see(row.case, place, this.tell);
    if (subject === undefined) return;
    this.subjects.see(subject, place, this.tell);
    const lower = subject.toLowerCase(),
      first = this.spelt.get(lower);
    if (first === undefined) this.spelt.set(lower, { name: subject });
    else if (first.name !== subject) first.other ??= subject;
  }
}
