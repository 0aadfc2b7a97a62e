import { linearScale, tickText } from "../scale.ts";
import { element, path, svgDocument, text } from "../svg.ts";

/** A trial as it is drawn. */
export interface PlottedTrial {
  readonly number: number;
  readonly state: "done" | "pruned" | "failed";
  /** The objective; null where it has none. */
  readonly value: number | null;
  readonly isBest: boolean;
}

export interface HistoryPlot {
  readonly title: string;
  readonly unit: string;
  readonly direction: "max" | "min";
  readonly trials: readonly PlottedTrial[];
}

const width = 960;
const height = 360;
const box = { left: 76, right: 930, top: 84, bottom: 306 };

/** The best value up to each trial that is done. */
function bestSoFar({ trials, direction }: HistoryPlot): readonly (readonly [number, number])[] {
  let best: number | undefined;
  return trials.flatMap(({ number, state, value }) => {
    if (state === "done" && value !== null)
      best = best === undefined ? value : direction === "max" ? Math.max(best, value) : Math.min(best, value);
    return best === undefined ? [] : [[number, best] as const];
  });
}

/**
 * The objective of each trial in order of number, with the best one so far: discs are done, rings ended early, crosses
 * at the lower edge failed.
 *
 * @returns an SVG document of 960 x 360 pixels.
 */
export function renderSweepHistory(plot: HistoryPlot): string {
  const values = plot.trials.flatMap(({ value }) => (value === null ? [] : [value]));
  const [low, high] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
  const room = 0.08 * (high - low || 1);
  const y = linearScale(low - room, high + room, [box.bottom, box.top], 5);
  const x = linearScale(
    -0.5,
    Math.max(...plot.trials.map(({ number }) => number), 1) + 0.5,
    [box.left, box.right],
    12,
  );
  const steps = bestSoFar(plot).flatMap(([number, value], at, all) => {
    const before = all[at - 1]?.[1];
    const corner = before === undefined ? [] : [[x.toPixel(number), y.toPixel(before)] as const];
    return [...corner, [x.toPixel(number), y.toPixel(value)] as const];
  });
  const marks = plot.trials.map(({ number, state, value, isBest }) => {
    const cx = x.toPixel(number);
    if (state === "failed" || value === null)
      return text(cx, box.bottom - 4, "\u00d7", { class: "bad strong", "text-anchor": "middle" });
    const cy = y.toPixel(value);
    const disc = state === "done" ? { r: 2.5, "stroke-width": 5 } : { r: 4, "stroke-width": 1.5 };
    const ring = isBest
      ? element("circle", { cx, cy, r: 9, class: "s1", fill: "none", "stroke-width": 2 })
      : "";
    return element("circle", { cx, cy, ...disc, class: "s0", fill: "none" }) + ring;
  });
  return svgDocument(width, height, plot.title, [
    text(24, 34, plot.title, { class: "title" }),
    text(24, 58, `${plot.unit}; disc: done, ring: ended early, \u00d7: failed, line: best so far`, {
      class: "muted",
    }),
    ...y.ticks.flatMap((tick) => [
      element("line", {
        x1: box.left,
        x2: box.right,
        y1: y.toPixel(tick),
        y2: y.toPixel(tick),
        class: "grid",
      }),
      text(box.left - 8, y.toPixel(tick) + 4, tickText(tick), { class: "muted", "text-anchor": "end" }),
    ]),
    ...x.ticks
      .filter((tick) => Number.isInteger(tick) && tick >= 0)
      .map((tick) =>
        text(x.toPixel(tick), box.bottom + 20, tickText(tick), { class: "muted", "text-anchor": "middle" }),
      ),
    text((box.left + box.right) / 2, box.bottom + 42, "trial", { class: "muted", "text-anchor": "middle" }),
    element("line", { x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom, class: "axis" }),
    ...(steps.length < 2 ? [] : [element("path", { d: path(steps), class: "line s2" })]),
    ...marks,
  ]);
}
