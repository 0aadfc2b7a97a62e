import { element, escapeText, svgDocument, text } from "./svg.ts";

/** Image tokens that each expert received, for one task (or "shared") in one MoE layer. */
export interface ExpertLoadRow {
  readonly task: string;
  readonly tokens: readonly number[];
}

export interface ExpertLoadLayer {
  /** Where the experts stand: "vision.blocks.16.mlp". */
  readonly site: string;
  readonly rows: readonly ExpertLoadRow[];
}

export interface ExpertLoadPlot {
  readonly title: string;
  /** What was summed, e.g. "stage specific, last 100 steps". */
  readonly note: string;
  readonly layers: readonly ExpertLoadLayer[];
}

const left = 130;
const rowHeight = 36;
const statsWidth = 210;
const header = 92;

/**
 * One heat map per MoE layer, tasks down and experts across: the share of the task's tokens that each expert
 * received, in numbers and colour.
 * An expert below a tenth of the even share is ringed; a task without tokens says so.
 *
 * @returns an SVG document; its size follows the number of layers, tasks and experts.
 */
export function renderExpertLoad(plot: ExpertLoadPlot): string {
  const experts = Math.max(1, ...plot.layers.flatMap(({ rows }) => rows.map(({ tokens }) => tokens.length)));
  const cellWidth = Math.min(84, Math.max(16, Math.floor(720 / experts)));
  const width = Math.max(640, left + experts * cellWidth + statsWidth);
  const shares = plot.layers.flatMap(({ rows }) => rows.flatMap(({ tokens }) => sharesOf(tokens) ?? []));
  const top = Math.max(2 / experts, ...shares);
  let y = header;
  const panels: string[] = [];
  for (const layer of plot.layers) {
    panels.push(element("g", { transform: `translate(0 ${y})` }, ...panel(layer, experts, cellWidth, top)));
    y += 44 + layer.rows.length * rowHeight + 22;
  }
  return svgDocument(width, y + 50, plot.title, [
    text(24, 34, plot.title, { class: "title" }),
    text(24, 56, plot.note, { class: "muted" }),
    text(
      24,
      74,
      `share of a task's image tokens that each expert received; an even share is ${percent(1 / experts)}`,
      { class: "muted" },
    ),
    ...panels,
    element("g", { transform: `translate(${left} ${y + 4})` }, ...colourBar(top, 1 / experts)),
  ]);
}

function panel({ site, rows }: ExpertLoadLayer, experts: number, cellWidth: number, top: number): string[] {
  return [
    text(24, 14, site, { class: "strong" }),
    ...Array.from({ length: experts }, (_, expert) =>
      text(left + (expert + 0.5) * cellWidth, 34, cellWidth < 60 ? `${expert}` : `expert ${expert}`, {
        class: "muted small",
        "text-anchor": "middle",
      }),
    ),
    ...rows.flatMap((row, index) => rowCells(row, 40 + index * rowHeight, experts, cellWidth, top)),
  ];
}

interface Cell {
  readonly task: string;
  readonly expert: number;
  readonly tokens: number;
  /** Of the task's tokens, 0..1. */
  readonly share: number;
  readonly experts: number;
  readonly y: number;
  readonly cellWidth: number;
  /** Share that has the strongest colour. */
  readonly top: number;
}

function rowCells(
  { task, tokens }: ExpertLoadRow,
  y: number,
  experts: number,
  cellWidth: number,
  top: number,
): string[] {
  const shares = sharesOf(tokens);
  const total = tokens.reduce((sum, count) => sum + count, 0);
  const label = text(left - 12, y + rowHeight / 2 + 4, task, { "text-anchor": "end" });
  const statsX = left + experts * cellWidth + 14;
  if (shares === undefined) {
    return [
      label,
      element("rect", {
        x: left,
        y: y + 1,
        width: experts * cellWidth - 2,
        height: rowHeight - 2,
        rx: 4,
        class: "band",
      }),
      text(left + 12, y + rowHeight / 2 + 4, "no tokens of this task", { class: "muted" }),
    ];
  }
  const cells = shares.map((share, expert) =>
    cell({ task, expert, tokens: tokens[expert] ?? 0, share, experts, y, cellWidth, top }),
  );
  const overEven = (Math.max(...shares) * shares.length).toFixed(2);
  return [
    label,
    ...cells,
    text(statsX, y + rowHeight / 2 - 3, `busiest ${overEven} x even`, { class: "small" }),
    text(statsX, y + rowHeight / 2 + 12, `${compact(total)} tokens`, { class: "muted small" }),
  ];
}

/** One expert's share of a task: its colour, the number where it fits, a ring where it is starved. */
function cell({ task, expert, tokens, share, experts, y, cellWidth, top }: Cell): string {
  const fill = colourOf(share / top);
  const isStarved = share < 0.1 / experts;
  const place = {
    x: left + expert * cellWidth,
    y: y + 1,
    width: cellWidth - 2,
    height: rowHeight - 2,
    rx: 4,
  };
  const said = `${task}, expert ${expert}: ${tokens.toLocaleString("en-US")} tokens, ${percent(share)}`;
  const number = text(left + (expert + 0.5) * cellWidth - 1, y + rowHeight / 2 + 4, percent(share), {
    "text-anchor": "middle",
    style: `fill:${isDark(fill) ? "#fff" : "#1f2328"}`,
  });
  return element(
    "g",
    {},
    element("title", {}, escapeText(said)),
    element("rect", { ...place, fill: `rgb(${fill.join(" ")})` }),
    ...(cellWidth < 38 ? [] : [number]),
    ...(isStarved ? [element("rect", { ...place, class: "alarm" })] : []),
  );
}

function colourBar(top: number, even: number): string[] {
  const steps = 48;
  const barWidth = 240;
  return [
    ...Array.from({ length: steps }, (_, index) =>
      element("rect", {
        x: (index * barWidth) / steps,
        y: 0,
        width: barWidth / steps + 0.5,
        height: 10,
        fill: `rgb(${colourOf((index + 0.5) / steps).join(" ")})`,
      }),
    ),
    text(0, 25, "0%", { class: "muted small", "text-anchor": "middle" }),
    element("line", {
      x1: (barWidth * even) / top,
      x2: (barWidth * even) / top,
      y1: -3,
      y2: 13,
      class: "axis",
    }),
    text((barWidth * even) / top, 25, `even ${percent(even)}`, {
      class: "muted small",
      "text-anchor": "middle",
    }),
    text(barWidth, 25, percent(top), { class: "muted small", "text-anchor": "middle" }),
    element("rect", { x: barWidth + 40, y: -1, width: 14, height: 12, rx: 3, class: "alarm" }),
    text(barWidth + 62, 9, "below a tenth of an even share", { class: "muted small" }),
  ];
}

function sharesOf(tokens: readonly number[]): readonly number[] | undefined {
  const total = tokens.reduce((sum, count) => sum + count, 0);
  return total === 0 ? undefined : tokens.map((count) => count / total);
}

type Rgb = readonly [number, number, number];

// Light to deep blue, of falling lightness throughout, so that it also reads in grey.
const stops: readonly Rgb[] = [
  [239, 245, 251],
  [190, 217, 240],
  [111, 172, 220],
  [44, 116, 180],
  [10, 58, 115],
];

function colourOf(share: number): Rgb {
  const at = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const [from = [0, 0, 0], to = from] = [
    stops[Math.floor(at)],
    stops[Math.min(Math.floor(at) + 1, stops.length - 1)],
  ];
  const blend = (index: 0 | 1 | 2): number =>
    Math.round((from[index] ?? 0) + (at - Math.floor(at)) * ((to[index] ?? 0) - (from[index] ?? 0)));
  return [blend(0), blend(1), blend(2)];
}

function isDark([red, green, blue]: Rgb): boolean {
  return 0.299 * red + 0.587 * green + 0.114 * blue < 140;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

function compact(count: number): string {
  return count.toLocaleString("en-US", { notation: "compact", maximumFractionDigits: 1 });
}
