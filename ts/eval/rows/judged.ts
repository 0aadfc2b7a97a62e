import { TomoeError } from "../../errors.ts";
import { didYouMean } from "../../schema/nearest.ts";
import { type TaskId, taskIds } from "../../schema/task.ts";
import type { Bounds } from "../interval/mean.ts";
import { kindOf, nameOf } from "./fields.ts";
import { JsonLines } from "./lines.ts";
import { looksLike } from "./names.ts";
import { Problems, shown } from "./problems.ts";
import { itemKey, type PredictionRow, taskOf } from "./row.ts";

/** What one judge, a person or a model, says of every item of some tasks; Tomoe asks no judge itself. */
export interface JudgedScores {
  readonly judge: string;
  /** Who judged and how, as the file says it. */
  readonly signature: string;
  readonly bounds: Bounds;
  /** A score of at least this much counts as passed; the share of those is a number of its own. */
  readonly threshold?: number | undefined;
  readonly tasks: readonly TaskId[];
  /** By item (`itemKey`). */
  readonly scores: ReadonlyMap<string, number>;
}

interface Judge {
  readonly signature: string;
  readonly bounds: Bounds;
  readonly threshold: number | undefined;
  readonly scores: Map<string, number>;
  readonly tasks: Set<TaskId>;
}

type Fields = Readonly<Record<string, unknown>>;
type Tell = (problem: string) => void;

const keys = ["id", "task", "judge", "value", "signature", "bounds", "threshold", "meta"] as const;

/** A judge's name stands in metrics and signatures. */
const namePattern = /^[\p{L}\p{N}][\p{L}\p{N} _.@:/+-]{0,79}$/u;

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function boundsOf(value: unknown, tell: Tell): Bounds | undefined {
  const [floor, ceiling] = isObject(value)
    ? [value.low, value.high]
    : Array.isArray(value) && value.length === 2
      ? value
      : [];
  if (Number.isFinite(floor) && Number.isFinite(ceiling) && floor < ceiling) return { floor, ceiling };
  tell(`bounds must be [lowest, highest], found ${kindOf(value)}`);
  return undefined;
}

/**
 * Reads a file of judged items, piece by piece; the first line may hold bounds and threshold, alone or with the first
 * item.
 */
class JudgedReader {
  private readonly problems = new Problems();
  private readonly judges = new Map<string, Judge>();
  private readonly file: string;
  private readonly lines: JsonLines;
  private bounds: Bounds = { floor: 0, ceiling: 1 };
  private threshold: number | undefined;
  private isFirst = true;

  constructor(file: string) {
    this.file = file;
    this.lines = new JsonLines({
      value: (value, line) => this.take(value, (problem) => this.wrong(problem, line)),
      problem: (problem, line) => this.wrong(problem, line),
    });
  }

  push(bytes: Uint8Array): void {
    this.lines.push(bytes);
  }

  end(): readonly JudgedScores[] {
    this.lines.end();
    if (this.problems.count > 0) throw refusal(this.problems, `in ${this.lines.given} judged rows`);
    if (this.judges.size === 0)
      throw new TomoeError("DATA_EMPTY", `${this.file} holds no judged item`, { hint });
    return [...this.judges].map(([judge, { tasks, ...rest }]) => ({ judge, tasks: [...tasks], ...rest }));
  }

  private wrong(problem: string, line: number): void {
    this.problems.add(`${this.file}, line ${line}: ${problem}`);
  }

  private take(value: unknown, tell: Tell): void {
    const isFirst = this.isFirst;
    this.isFirst = false;
    if (!isObject(value)) {
      tell(`a judged item is one JSON object, found ${kindOf(value)}`);
      return;
    }
    for (const key of Object.keys(value))
      if (!(keys as readonly string[]).includes(key))
        tell(`${shown(key)} is no key of a judged item${didYouMean(key.slice(0, 100), keys)}`);
    if (value.bounds !== undefined) {
      const bounds = boundsOf(value.bounds, tell);
      if (isFirst) this.bounds = bounds ?? this.bounds;
      else if (bounds !== undefined && !isSame(bounds, this.bounds))
        tell("bounds stand in the first line, once for the file");
    }
    if (value.threshold !== undefined) this.takeThreshold(value.threshold, isFirst, tell);
    if (!isFirst || value.id !== undefined || value.value !== undefined) this.item(value, tell);
  }

  private takeThreshold(value: unknown, isFirst: boolean, tell: Tell): void {
    const { floor, ceiling } = this.bounds;
    if (typeof value !== "number" || value <= floor || value > ceiling)
      tell(`threshold must be a number above ${floor} and at most ${ceiling}, found ${kindOf(value)}`);
    else if (isFirst) this.threshold = value;
    else if (value !== this.threshold) tell("threshold stands in the first line, once for the file");
  }

  private item(fields: Fields, tell: Tell): void {
    const id = nameOf(fields, "id", tell),
      task = taskOf(fields, tell);
    const { judge, value, signature } = fields;
    const isNamed = typeof judge === "string" && namePattern.test(judge);
    if (!isNamed)
      tell(`judge must be a name of letters, digits and _.@:/+- (80 at most), found ${kindOf(judge)}`);
    const isSigned = typeof signature === "string" && signature.trim() !== "";
    if (!isSigned)
      tell(`signature must say how it was judged (model, prompt, version), found ${kindOf(signature)}`);
    const { floor, ceiling } = this.bounds;
    const isWithin = typeof value === "number" && value >= floor && value <= ceiling;
    if (!isWithin)
      tell(
        `value must be a number within ${floor}..${ceiling}, found ${kindOf(value)}; other bounds stand in the first line, as {"bounds": [1, 5]}`,
      );
    if (!isNamed || !isSigned || !isWithin || task === undefined || id === "") return;
    const known: Judge = this.judges.get(judge) ?? {
      signature,
      bounds: this.bounds,
      threshold: this.threshold,
      scores: new Map(),
      tasks: new Set(),
    };
    if (known.signature !== signature)
      tell(
        `judge ${shown(judge)} has signature ${shown(signature)}, before it was ${shown(known.signature)}`,
      );
    const key = itemKey({ task, id });
    if (known.scores.has(key)) tell(`judge ${shown(judge)} judges ${task} ${shown(id)} twice`);
    known.scores.set(key, value);
    known.tasks.add(task);
    this.judges.set(judge, known);
  }
}

const isSame = (one: Bounds, other: Bounds): boolean =>
  one.floor === other.floor && one.ceiling === other.ceiling;

const hint =
  'A judged item is {id, task, judge, value, signature}, one JSON object a line; the first line may be {"bounds": [1, 5], "threshold": 4}.';

const refusal = (problems: Problems, what: string): TomoeError =>
  new TomoeError(
    "DATA_PREDICTIONS",
    problems.told(`${problems.count} ${problems.count === 1 ? "problem" : "problems"} ${what}`),
    { hint, details: { count: problems.count, problems: problems.first } },
  );

/**
 * Reads what judges said of items: `{id, task, judge, value, signature}` a line, values within 0..1 or the bounds of the
 * first line, which may also name a threshold.
 *
 * @param file - its name in problems.
 * @throws TomoeError `DATA_PREDICTIONS` counting every problem; `DATA_EMPTY`; the signal's reason.
 */
export async function readJudged(
  pieces: AsyncIterable<Uint8Array>,
  file: string,
  signal?: AbortSignal,
): Promise<readonly JudgedScores[]> {
  const reader = new JudgedReader(file);
  for await (const piece of pieces) {
    signal?.throwIfAborted();
    reader.push(piece);
  }
  return reader.end();
}

/**
 * Makes sure that every judge judged every item of its tasks, and no other.
 *
 * @throws TomoeError `DATA_PREDICTIONS` naming items that a judge left out, foreign ones, and judges of two files.
 */
export function holdJudged(rows: readonly PredictionRow[], judges: readonly JudgedScores[]): void {
  const problems = new Problems();
  const there = new Set(rows.map(itemKey)),
    seen = new Map<string, string>();
  for (const { judge, tasks, scores } of judges) {
    const look = looksLike(judge).toLowerCase(),
      before = seen.get(look);
    if (before === judge) problems.add(`judge ${shown(judge)} stands in two files`);
    else if (before !== undefined)
      problems.add(`judge ${shown(judge)} looks like ${shown(before)}: write one name one way`);
    seen.set(look, judge);
    for (const key of scores.keys())
      if (!there.has(key)) problems.add(`judge ${shown(judge)} judges ${shown(key)}, which is no row`);
    for (const row of rows)
      if (tasks.includes(row.task) && !scores.has(itemKey(row)))
        problems.add(`judge ${shown(judge)} left out ${row.task} ${shown(row.id)}`);
  }
  if (problems.count > 0) throw refusal(problems, `between ${rows.length} rows and what judges said of them`);
}

/** The tasks of which judges said something. */
export const judgedTasks = (judges: readonly JudgedScores[]): readonly TaskId[] =>
  taskIds.filter((task) => judges.some(({ tasks }) => tasks.includes(task)));
