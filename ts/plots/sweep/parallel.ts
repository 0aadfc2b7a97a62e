import { linearScale, logScale, tickText } from "../scale.ts";
import { element, path, svgDocument, text } from "../svg.ts";
import type { PlottedTrial } from "./history.ts";

/** One axis: an option of the space, or the objective. */
export interface ParallelAxis {
  readonly name: string;
  readonly isLog: boolean;
  /** Of each trial, in their order; null where it has none. */
  readonly values: readonly (number | string | null)[];
}

export interface ParallelPlot {
  readonly title: string;
  readonly axes: readonly ParallelAxis[];
  readonly trials: readonly PlottedTrial[];
  /** Whether a trial's value is good, 0..1: the better, the stronger its line. */
  readonly quality: readonly number[];
}

const width = 960;
const height = 400;
const box = { left: 60, right: 890, top: 96, bottom: 336 };
/** Where a line goes that has no value on an axis. */
const absentAt = box.bottom + 22;

interface Placed {
  readonly x: number;
  readonly place: (value: number | string | null) => number;
  readonly labels: readonly (readonly [number, string])[];
}

function placed({ values, isLog }: ParallelAxis, x: number): Placed {
  const there = values.filter((value) => value !== null);
  const numbers = there.filter((value) => typeof value === "number");
  if (numbers.length < there.length || there.length === 0) {
    const names = [...new Set(there.map(String))].sort();
    const slot = (name: string): number =>
      box.bottom - ((names.indexOf(name) + 0.5) / Math.max(names.length, 1)) * (box.bottom - box.top);
    return {
      x,
      place: (value) => (value === null ? absentAt : slot(String(value))),
      labels: names.map((name) => [slot(name), name] as const),
    };
  }
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const ends = [box.bottom, box.top] as const;
  const scale = isLog && low > 0 && high > low ? logScale(low, high, ends) : linearScale(low, high, ends, 4);
  return {
    x,
    place: (value) => (typeof value === "number" ? scale.toPixel(value) : absentAt),
    labels: scale.ticks.map((tick) => [scale.toPixel(tick), tickText(tick)] as const),
  };
}

/**
 * A line for each trial through its values, axis by axis; better ones are stronger, the best one has a colour of its
 * own, those that ended early are dashed. A line without a value passes below the axis.
 *
 * @returns an SVG document of 960 x 400 pixels.
 */
export function renderParallel({ title, axes, trials, quality }: ParallelPlot): string {
  const step = (box.right - box.left) / Math.max(axes.length - 1, 1);
  const all = axes.map((axis, at) => placed(axis, box.left + at * step));
  const line = (trial: PlottedTrial, at: number): string => {
    const d = path(all.map(({ x, place }, axis) => [x, place(axes[axis]?.values[at] ?? null)]));
    const look = trial.isBest ? "line s1" : "line s0";
    const opacity = trial.isBest ? 1 : 0.35 + 0.5 * (quality[at] ?? 0);
    const dashes: Readonly<Record<string, string>> =
      trial.state === "done" ? {} : { "stroke-dasharray": "4 3" };
    return element("path", { d, class: look, "stroke-opacity": opacity, ...dashes });
  };
  const order = trials
    .map((_, at) => at)
    .sort((a, b) => Number(trials[a]?.isBest) - Number(trials[b]?.isBest));
  return svgDocument(width, height, title, [
    text(24, 34, title, { class: "title" }),
    text(24, 58, "a line a trial, the better the stronger; dashed: ended early", { class: "muted" }),
    ...order.flatMap((at) => {
      const trial = trials[at];
      return trial === undefined || trial.state === "failed" ? [] : [line(trial, at)];
    }),
    ...all.flatMap(({ x, labels }, at) => [
      element("line", { x1: x, x2: x, y1: box.top, y2: box.bottom, class: "axis" }),
      text(x, box.bottom + 44 + (at % 2) * 16, axes[at]?.name ?? "", {
        class: "small strong",
        // The names of the outer axes stay on the card.
        "text-anchor": at === 0 ? "start" : at === all.length - 1 ? "end" : "middle",
      }),
      ...labels.map(([y, label]) => text(x + 6, y + 4, label, { class: "small muted halo" })),
    ]),
  ]);
}
