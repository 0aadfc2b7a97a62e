import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { namesIn, readFailure } from "../../files/index.ts";
import { readSegment, segmentFile, segmentName } from "../record/frames.ts";
import { recordInvalid } from "../record/invalid.ts";
import { gridIn } from "../record/metrics.ts";
import { decodeIndex, pointsABlock, type SegmentSeries, SeriesCollector } from "./segment-index.ts";

/** Least and greatest value of the points of a range of steps. */
export interface Bucket {
  readonly fromStep: number;
  readonly toStep: number;
  readonly points: number;
  /** NaN where all of them are. */
  readonly min: number;
  readonly max: number;
}

/** The last value of one metric. */
export interface LastMetric {
  readonly stage: string;
  readonly name: string;
  readonly step: number;
  readonly value: number;
  /** Records of it. */
  readonly records: number;
}

/** Name of the index beside a segment. */
export const indexFile = (segment: string): string => segment.replace(/\.jsonl$/, ".index");

/** A segment as it was found: its series, and whether an index stood beside it that fits. */
export interface FoundSegment {
  readonly segment: string;
  readonly bytes: number;
  readonly series: readonly SegmentSeries[];
  readonly isIndexed: boolean;
}

async function indexOf(
  folder: string,
  segment: string,
  bytes: number,
): Promise<readonly SegmentSeries[] | undefined> {
  try {
    return decodeIndex(await readFile(join(folder, indexFile(segment))), bytes);
  } catch {
    // It is derived: one that is not there or cannot be read is made anew from the segment.
    return undefined;
  }
}

/**
 * The segments of a record of metrics in their order, each by its index where one fits, else read line by line.
 *
 * @param folder - the run's `metrics/`; none: no segments.
 * @throws TomoeError `RECORD_INVALID` for damage in a segment that has no index; `IO_FAILED`, `PERMISSION`.
 */
export async function findSegments(folder: string): Promise<readonly FoundSegment[]> {
  const names = (await namesIn(folder)).filter((name) => segmentName.test(name)).sort();
  const found: FoundSegment[] = [];
  let firstSeq: number | null = 0;
  for (const [at, segment] of names.entries()) {
    const path = join(folder, segment);
    if (segment !== segmentFile(at))
      throw recordInvalid(path, `segment ${segmentFile(at)} is missing before it`);
    try {
      const { size: bytes } = await stat(path);
      const indexed = await indexOf(folder, segment, bytes);
      if (indexed !== undefined) {
        found.push({ segment, bytes, series: indexed, isIndexed: true });
        firstSeq = null;
        continue;
      }
      const collected = new SeriesCollector();
      const place = { path, isLast: at === names.length - 1, firstSeq };
      const read = await readSegment(place, (record) => collected.add(gridIn(record, folder)));
      firstSeq = read.nextSeq;
      found.push({ segment, bytes: read.validBytes, series: collected.series(), isIndexed: false });
    } catch (cause) {
      throw readFailure(cause, { action: "read the metrics", path });
    }
  }
  return found;
}

/** The series of a run over its segments, held in memory to be asked again and again. */
export class SeriesReader {
  readonly #series = new Map<string, SegmentSeries[]>();

  private constructor(segments: readonly FoundSegment[]) {
    for (const { series } of segments)
      for (const one of series) {
        const key = `${one.stage}\n${one.name}`;
        const known = this.#series.get(key);
        if (known === undefined) this.#series.set(key, [one]);
        else known.push(one);
      }
  }

  /** Opens the record of metrics in `folder`; errors as `findSegments`. */
  static async open(folder: string): Promise<SeriesReader> {
    return new SeriesReader(await findSegments(folder));
  }

  /** The value at the highest step of each series, in the order they were first recorded. */
  last(): readonly LastMetric[] {
    return [...this.#series.values()].map((parts) => {
      const [{ stage, name }] = parts as [SegmentSeries];
      const best = { step: -1, value: Number.NaN };
      let records = 0;
      for (const { steps, values, isRising } of parts) {
        records += steps.length;
        for (let at = isRising ? steps.length - 1 : 0; at < steps.length; at += 1) {
          const step = steps[at] ?? 0;
          if (step >= best.step) Object.assign(best, { step, value: values[at] ?? Number.NaN });
        }
      }
      return { stage, name, ...best, records };
    });
  }

  /**
   * A series as at most `buckets` ranges of steps, each with the least and greatest value of its points: what a plot
   * of so many columns can show. Long series are taken from the summaries, so that a bucket's border lies between two
   * blocks of 256 points; short ones point by point.
   *
   * @returns in the order of steps; none where there is no such series.
   */
  query({ stage, name, buckets }: { stage: string; name: string; buckets: number }): readonly Bucket[] {
    const parts = this.#series.get(`${stage}\n${name}`) ?? [];
    const points = parts.reduce((sum, { steps }) => sum + steps.length, 0);
    if (points === 0 || buckets < 1) return [];
    if (!isRisingOver(parts)) return overPoints([sorted(parts)], points, buckets);
    const blocks = parts.reduce((sum, part) => sum + part.blocks.length / 4, 0);
    return blocks < buckets * 2 ? overPoints(parts, points, buckets) : overBlocks(parts, blocks, buckets);
  }
}

type Columns = Pick<SegmentSeries, "steps" | "values">;

function isRisingOver(parts: readonly SegmentSeries[]): boolean {
  return parts.every(
    ({ isRising, steps }, at) =>
      isRising && (at === 0 || (steps[0] ?? 0) > (parts[at - 1]?.steps.at(-1) ?? -1)),
  );
}

/** All points in the order of their steps; of the same step the later recorded is last. */
function sorted(parts: readonly SegmentSeries[]): Columns {
  const pairs = parts.flatMap(({ steps, values }) =>
    Array.from(steps, (step, at) => [step, values[at] ?? Number.NaN] as const),
  );
  pairs.sort(([a], [b]) => a - b);
  return {
    steps: Float64Array.from(pairs, ([step]) => step),
    values: Float64Array.from(pairs, ([, value]) => value),
  };
}

/** Gathers points into buckets of as equal a number of units (points or blocks) as there can be. */
class Buckets {
  readonly found: Bucket[] = [];
  #open: { fromStep: number; toStep: number; points: number; min: number; max: number } | undefined;
  #taken = 0;
  readonly #each: number;

  constructor(units: number, buckets: number) {
    this.#each = units / Math.min(units, buckets);
  }

  add(fromStep: number, toStep: number, min: number, max: number, points: number): void {
    const open = this.#open;
    if (open === undefined) this.#open = { fromStep, toStep, points, min, max };
    else {
      open.toStep = toStep;
      open.points += points;
      if (!(open.min <= min)) open.min = Number.isNaN(min) ? open.min : min;
      if (!(open.max >= max)) open.max = Number.isNaN(max) ? open.max : max;
    }
    this.#taken += 1;
    if (this.#taken + 1e-9 >= (this.found.length + 1) * this.#each) this.#close();
  }

  #close(): void {
    if (this.#open !== undefined) this.found.push(this.#open);
    this.#open = undefined;
  }
}

/** As `Buckets`, of points: the borders are known beforehand, and the loop over a million points calls nothing. */
function overPoints(parts: readonly Columns[], points: number, buckets: number): readonly Bucket[] {
  const count = Math.min(points, buckets);
  const found: Bucket[] = [];
  let part = 0,
    at = 0;
  for (let bucket = 0; bucket < count; bucket += 1) {
    let left = Math.floor(((bucket + 1) * points) / count) - Math.floor((bucket * points) / count);
    const size = left;
    let fromStep = -1,
      toStep = -1,
      min = Number.NaN,
      max = Number.NaN;
    while (left > 0) {
      const { steps, values } = parts[part] as Columns;
      const to = Math.min(steps.length, at + left);
      if (fromStep < 0) fromStep = steps[at] ?? 0;
      for (let index = at; index < to; index += 1) {
        const value = values[index] as number;
        if (!(min <= value) && !Number.isNaN(value)) min = value;
        if (!(max >= value) && !Number.isNaN(value)) max = value;
      }
      toStep = steps[to - 1] ?? toStep;
      left -= to - at;
      at = to;
      if (at === steps.length) {
        part += 1;
        at = 0;
      }
    }
    found.push({ fromStep, toStep, points: size, min, max });
  }
  return found;
}

function overBlocks(parts: readonly SegmentSeries[], blocks: number, buckets: number): readonly Bucket[] {
  const gathered = new Buckets(blocks, buckets);
  for (const { blocks: of, steps } of parts)
    for (let block = 0; block * 4 < of.length; block += 1) {
      const points = Math.min(pointsABlock, steps.length - block * pointsABlock);
      const at = block * 4;
      gathered.add(of[at] ?? 0, of[at + 1] ?? 0, of[at + 2] ?? Number.NaN, of[at + 3] ?? Number.NaN, points);
    }
  return gathered.found;
}
