import { element, svgDocument, text } from "../svg.ts";

export interface ImportanceBar {
  readonly name: string;
  /** 0..1; null where nothing is known, which has no bar. */
  readonly share: number | null;
  readonly note: string;
}

const width = 960;
const rowHeight = 30;
const bars = { left: 360, right: 820 };

/**
 * A bar for each option, the longest first.
 *
 * @returns an SVG document, 960 pixels wide and as high as its bars need.
 */
export function renderImportance(title: string, rows: readonly ImportanceBar[]): string {
  const height = 96 + rowHeight * Math.max(rows.length, 1);
  return svgDocument(width, height, title, [
    text(24, 34, title, { class: "title" }),
    text(
      24,
      58,
      "share of the variance of the objective's ranks that an option explains alone; ?: fewer than four trials are done",
      {
        class: "muted",
      },
    ),
    ...rows.flatMap(({ name, share, note }, at) => {
      const y = 84 + at * rowHeight;
      const end = bars.left + (share ?? 0) * (bars.right - bars.left);
      return [
        text(bars.left - 12, y + 4, name, { "text-anchor": "end" }),
        element("line", { x1: bars.left, x2: bars.right, y1: y, y2: y, class: "grid", "stroke-width": 12 }),
        ...(share === null
          ? []
          : [element("line", { x1: bars.left, x2: end, y1: y, y2: y, class: "s0", "stroke-width": 12 })]),
        text(bars.right + 12, y + 4, `${share?.toFixed(2) ?? "?"}  ${note}`, { class: "muted" }),
      ];
    }),
  ]);
}
