import type { Point } from "./curve.ts";
import { perPixelColumn, smooth } from "./curve.ts";
import type { Scale } from "./scale.ts";
import { linearScale, logScale, tickText } from "./scale.ts";
import { element, escapeText, path, svgDocument, text } from "./svg.ts";

export interface LossSeries {
  /** e.g. "loss", "language", "patches"; the same name has the same colour in every stage. */
  readonly name: string;
  /**
   * In step order; steps count from 0 within the stage. Values that are not finite are marked at the upper
   * edge.
   */
  readonly points: readonly Point[];
  /** Measured at some steps alone: each is a dot on a line that nothing smooths. */
  readonly sparse?: boolean;
}

export interface LossStage {
  readonly name: string;
  /** Planned optimizer steps: the width of the stage, also when it is not done yet. */
  readonly steps: number;
  readonly series: readonly LossSeries[];
}

export interface LossPlot {
  readonly title: string;
  /** Unit of the y axis, e.g. "nats per token". */
  readonly unit: string;
  readonly stages: readonly LossStage[];
}

/** Stroke classes s0.. of the style sheet in svg.ts. */
const colours = 6;
const width = 960;
const height = 440;
const box = { left: 76, right: 930, top: 92, bottom: 384 };

interface Frame {
  readonly x: Scale;
  readonly y: Scale;
  readonly names: readonly string[];
  /** First step of each stage, counted over all stages. */
  readonly offsets: readonly number[];
}

/**
 * Loss over the optimizer steps of all stages, one after the other, with their boundaries: the first series
 * as recorded (faint) and smoothed,
 * the others smoothed, and what was measured at some steps alone as it is. The y axis is logarithmic when the values span more than a factor of 30.
 *
 * @returns an SVG document of 960 x 440 pixels.
 */
export function renderLossCurves(plot: LossPlot): string {
  const totalSteps = plot.stages.reduce((sum, { steps }) => sum + steps, 0);
  const offsets = plot.stages.map((_, index) =>
    plot.stages.slice(0, index).reduce((sum, { steps }) => sum + steps, 0),
  );
  const names = [...new Set(plot.stages.flatMap(({ series }) => series.map(({ name }) => name)))];
  const values = plot.stages.flatMap(({ series }) =>
    series.flatMap(({ points }) => points.map(({ value }) => value).filter(Number.isFinite)),
  );
  const frame: Frame = {
    x: linearScale(0, Math.max(totalSteps, 1), [box.left, box.right], 8),
    y: yScale(values),
    names,
    offsets,
  };
  const infinite = plot.stages.reduce(
    (sum, { series }) =>
      sum +
      series.reduce(
        (count, { points }) => count + points.filter(({ value }) => !Number.isFinite(value)).length,
        0,
      ),
    0,
  );
  return svgDocument(width, height, plot.title, [
    text(24, 34, plot.title, { class: "title" }),
    ...bands(plot.stages, frame),
    ...axes(plot.unit, frame),
    ...plot.stages.flatMap((stage, index) => curves(stage, index, frame)),
    legend(names, infinite),
    ...(values.length === 0
      ? [
          text((box.left + box.right) / 2, (box.top + box.bottom) / 2, "no loss recorded yet", {
            class: "muted",
            "text-anchor": "middle",
          }),
        ]
      : []),
  ]);
}

function yScale(values: readonly number[]): Scale {
  const min = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const max = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const pixels = [box.bottom, box.top] as const;
  if (values.length === 0) return linearScale(0, 1, pixels, 5);
  if (min > 0 && max / min > 30) return logScale(min / 1.1, max * 1.1, pixels);
  const low = min >= 0 && min < 0.5 * max ? 0 : min - 0.06 * (max - min);
  return linearScale(low, max + 0.06 * (max - low), pixels, 5);
}

function bands(stages: readonly LossStage[], { x, offsets }: Frame): string[] {
  return stages.flatMap((stage, index) => {
    const from = x.toPixel(offsets[index] ?? 0);
    const to = x.toPixel((offsets[index] ?? 0) + stage.steps);
    const room = Math.floor((to - from - 8) / 7);
    const label = [`${stage.name} (${stage.steps.toLocaleString("en-US")} steps)`, stage.name].find(
      (candidate) => candidate.length <= room,
    );
    return [
      ...(index % 2 === 1
        ? [
            element("rect", {
              x: from,
              y: box.top,
              width: to - from,
              height: box.bottom - box.top,
              class: "band",
            }),
          ]
        : []),
      ...(index > 0
        ? [element("line", { x1: from, x2: from, y1: box.top - 20, y2: box.bottom, class: "edge" })]
        : []),
      ...(label === undefined
        ? [element("title", {}, escapeText(`stage ${stage.name}`))]
        : [text((from + to) / 2, box.top - 8, label, { class: "muted small", "text-anchor": "middle" })]),
    ];
  });
}

function axes(unit: string, { x, y }: Frame): string[] {
  const middle = (box.top + box.bottom) / 2;
  return [
    ...y.ticks.flatMap((tick) => [
      element("line", {
        x1: box.left,
        x2: box.right,
        y1: y.toPixel(tick),
        y2: y.toPixel(tick),
        class: "grid",
      }),
      text(box.left - 10, y.toPixel(tick) + 4, tickText(tick), { class: "muted", "text-anchor": "end" }),
    ]),
    ...x.ticks.flatMap((tick) => [
      element("line", {
        x1: x.toPixel(tick),
        x2: x.toPixel(tick),
        y1: box.bottom,
        y2: box.bottom + 5,
        class: "axis",
      }),
      text(x.toPixel(tick), box.bottom + 20, tickText(tick), { class: "muted", "text-anchor": "middle" }),
    ]),
    element("line", { x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom, class: "axis" }),
    element("line", { x1: box.left, x2: box.left, y1: box.top, y2: box.bottom, class: "axis" }),
    text((box.left + box.right) / 2, box.bottom + 42, "optimizer step, counted over all stages", {
      "text-anchor": "middle",
    }),
    text(22, middle, `loss (${unit}${y.kind === "log" ? ", log scale" : ""})`, {
      "text-anchor": "middle",
      transform: `rotate(-90 22 ${middle})`,
    }),
  ];
}

function curves(stage: LossStage, index: number, { x, y, names, offsets }: Frame): string[] {
  const offset = offsets[index] ?? 0;
  const toX = (step: number): number => x.toPixel(offset + step);
  const draw = (points: readonly Point[]): string =>
    path(perPixelColumn(points, toX).map(({ step, value }) => [toX(step), y.toPixel(value)] as const));
  // The first series is drawn last: where it is the sum of one objective alone, that one must not hide it.
  return stage.series.toReversed().flatMap(({ name, points, sparse = false }) => {
    const colour = `s${names.indexOf(name) % colours}`;
    const finite = points.filter(({ value }) => Number.isFinite(value));
    const marks = points
      .filter(({ value }) => !Number.isFinite(value))
      .map(({ step }) => element("path", { d: `M${toX(step) - 4} ${box.top} h8 l-4 8 z`, class: "bad" }));
    const last = finite.at(-1);
    if (last === undefined) return marks;
    const smoothed = sparse ? finite : smooth(finite, Math.round(finite.length / 30));
    const isFirst = name === names[0];
    const dots = sparse
      ? perPixelColumn(finite, toX).map(({ step, value }) =>
          element("circle", { cx: toX(step), cy: y.toPixel(value), r: 2.5, class: `dot ${colour}` }),
        )
      : [];
    const end = smoothed.at(-1) ?? last;
    return [
      ...(isFirst ? [element("path", { d: draw(finite), class: `raw ${colour}` })] : []),
      element("path", { d: draw(smoothed), class: `line ${colour}` }),
      ...dots,
      ...(isFirst
        ? [
            text(Math.min(toX(end.step), box.right) - 4, y.toPixel(end.value) - 9, end.value.toPrecision(3), {
              class: "strong halo",
              "text-anchor": "end",
            }),
          ]
        : []),
      ...marks,
    ];
  });
}

function legend(names: readonly string[], infinite: number): string {
  const entries = names.flatMap((name, index) =>
    index === 0
      ? [
          {
            mark: element("line", { x1: 0, x2: 20, y1: 0, y2: 0, class: "raw s0", style: "stroke-width:3" }),
            label: `${name}, each step`,
          },
          {
            mark: element("line", { x1: 0, x2: 20, y1: 0, y2: 0, class: "line s0" }),
            label: `${name}, centred mean`,
          },
        ]
      : [
          {
            mark: element("line", { x1: 0, x2: 20, y1: 0, y2: 0, class: `line s${index % colours}` }),
            label: name,
          },
        ],
  );
  if (infinite > 0)
    entries.push({
      mark: element("path", { d: "M6 -4 h8 l-4 8 z", class: "bad" }),
      label: `not finite (${infinite})`,
    });
  let at = 24,
    row = 0;
  return entries
    .map(({ mark, label }) => {
      const wide = 26 + label.length * 6.6 + 22;
      if (at > 24 && at + wide - 22 > box.right) [at, row] = [24, row + 1];
      const entry = element(
        "g",
        { transform: `translate(${at} ${52 + 15 * row})` },
        mark,
        text(26, 4, label, { class: "muted" }),
      );
      at += wide;
      return entry;
    })
    .join("");
}
