import { linearScale, tickText } from "../scale.ts";
import { element, svgDocument, text } from "../svg.ts";

/** One difference with its interval. */
export interface ForestRow {
  readonly label: string;
  /** Under the label: items, patients. */
  readonly note: string;
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** What the test says; empty where none was asked. */
  readonly verdict: string;
  /** Drawn strong: a number that a verdict is given of. */
  readonly isPrimary: boolean;
}

/** Differences under one another, around a line at 0. */
export interface ForestPlot {
  readonly title: string;
  readonly note: string;
  readonly rows: readonly ForestRow[];
}

const width = 960;
const left = 330,
  right = 700;
const rowHeight = 34;

/**
 * Differences with their 95% intervals as a forest plot: one scale for all, a line at 0, the verdict in words.
 *
 * @param plot - at least one row.
 * @returns an SVG document 960 pixels wide.
 */
export function renderForest({ title, note, rows }: ForestPlot): string {
  const top = 78,
    bottom = top + rows.length * rowHeight;
  const ends = rows.flatMap(({ low, high, difference }) => [low, high, difference, 0]);
  const scale = linearScale(Math.min(...ends), Math.max(...ends), [left, right], 6);
  const x = (value: number): number => scale.toPixel(value);
  const ticks = scale.ticks.flatMap((tick) => [
    element("line", { x1: x(tick), x2: x(tick), y1: top - 6, y2: bottom, class: "grid" }),
    text(x(tick), bottom + 18, tickText(tick), { class: "muted small", "text-anchor": "middle" }),
  ]);
  return svgDocument(width, bottom + 34, title, [
    text(24, 34, title, { class: "title" }),
    text(24, 54, note, { class: "muted" }),
    ...ticks,
    element("line", { x1: x(0), x2: x(0), y1: top - 6, y2: bottom, class: "axis" }),
    ...rows.flatMap((row, index) => drawRow(row, top + index * rowHeight + rowHeight / 2, x)),
  ]);
}

/** With its sign, and no minus before what is shown as 0. */
function number(value: number): string {
  const shown = Math.abs(value).toFixed(3);
  return `${value < 0 && Number(shown) > 0 ? "\u2212" : "+"}${shown}`;
}

function drawRow(row: ForestRow, y: number, x: (value: number) => number): readonly string[] {
  const { label, note, difference, low, high, verdict, isPrimary } = row;
  const line = { class: "line s0", "stroke-width": isPrimary ? 3 : 1.5 };
  const tick = (at: number): string =>
    element("line", { x1: x(at), x2: x(at), y1: y - 5, y2: y + 5, ...line });
  const interval = `${number(difference)} [${number(low)}, ${number(high)}]`;
  return [
    text(24, y - 2, label, { class: isPrimary ? "strong" : "" }),
    text(24, y + 12, note, { class: "muted small" }),
    element("line", { x1: x(low), x2: x(high), y1: y, y2: y, ...line }),
    tick(low),
    tick(high),
    element("rect", {
      x: x(difference) - 4,
      y: y - 4,
      width: 8,
      height: 8,
      class: "s0",
      fill: "currentColor",
      style: "color:inherit",
    }),
    text(right + 18, y - 2, interval, { class: "small" }),
    text(right + 18, y + 12, verdict, { class: "muted small" }),
  ];
}
