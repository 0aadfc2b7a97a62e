import { linearScale } from "../scale.ts";
import { element, path, svgDocument, text } from "../svg.ts";

/** Right options against chosen ones: `counts[right][chosen]`, one column more for answers that name none. */
export interface ConfusionPlot {
  readonly letters: readonly string[];
  readonly counts: readonly (readonly number[])[];
}

/** Answers by the probability of the chosen option. */
export interface CalibrationPlot {
  readonly n: number;
  /** Expected calibration error, and Brier score over the options. */
  readonly ece: number;
  readonly brier: number;
  readonly bins: readonly {
    readonly from: number;
    readonly to: number;
    readonly n: number;
    readonly confidence: number | null;
    readonly accuracy: number | null;
  }[];
}

const width = 470,
  height = 400;
const style =
  "<style>.cell{fill:#1f6fb8;stroke:none}.empty{fill:#f6f8fa}.amount{fill:#1f6fb8;fill-opacity:.25}.dot{fill:#1f6fb8}@media (prefers-color-scheme:dark){.cell,.amount,.dot{fill:#6cb2ff}.empty{fill:#1b2027}}</style>";

/** Confusion of options by letter as a heat map with its numbers; a row is what was right. */
export function renderConfusion({ letters, counts }: ConfusionPlot): string {
  const title = "Right and chosen options";
  const columns = [...letters, "none"];
  const side = Math.min(56, 300 / Math.max(columns.length, letters.length, 1));
  const most = Math.max(1, ...counts.flat());
  const [left, top] = [96, 104];
  const cells = counts.flatMap((row, right) =>
    row.flatMap((count, chosen) => {
      const [x, y] = [left + chosen * side, top + right * side];
      const strength = count / most;
      return [
        element("rect", { x, y, width: side - 2, height: side - 2, rx: 3, class: "empty" }),
        element("rect", {
          x,
          y,
          width: side - 2,
          height: side - 2,
          rx: 3,
          class: "cell",
          "fill-opacity": strength * 0.75,
        }),
        text(x + side / 2 - 1, y + side / 2 + 3, String(count), { "text-anchor": "middle" }),
      ];
    }),
  );
  return svgDocument(width, height, title, [
    style,
    text(24, 34, title, { class: "title" }),
    text(24, 54, "rows: the right option; columns: the chosen one", { class: "muted" }),
    ...columns.map((name, at) =>
      text(left + (at + 0.5) * side - 1, top - 10, name, { class: "strong", "text-anchor": "middle" }),
    ),
    ...letters.map((name, at) =>
      text(left - 16, top + (at + 0.5) * side + 3, name, { class: "strong", "text-anchor": "middle" }),
    ),
    ...cells,
  ]);
}

/** Accuracy against confidence in tenths; the diagonal is perfect, and bars behind say how many answers stand where. */
export function renderCalibration({ n, ece, brier, bins }: CalibrationPlot): string {
  const title = "Confidence and accuracy";
  const x = linearScale(0, 1, [64, 440], 5),
    y = linearScale(0, 1, [350, 76], 5);
  const most = Math.max(1, ...bins.map((bin) => bin.n));
  const points = bins.flatMap(({ confidence, accuracy }) =>
    confidence === null || accuracy === null ? [] : [[x.toPixel(confidence), y.toPixel(accuracy)] as const],
  );
  const told = `${n} answers by likelihood; ECE ${ece.toFixed(3)}, Brier ${brier.toFixed(3)}`;
  return svgDocument(width, height, title, [
    style,
    text(24, 34, title, { class: "title" }),
    text(24, 54, told, { class: "muted" }),
    ...[0, 0.25, 0.5, 0.75, 1].flatMap((tick) => [
      element("line", { x1: 64, x2: 440, y1: y.toPixel(tick), y2: y.toPixel(tick), class: "grid" }),
      text(56, y.toPixel(tick) + 4, String(tick), { class: "muted small", "text-anchor": "end" }),
      text(x.toPixel(tick), 368, String(tick), { class: "muted small", "text-anchor": "middle" }),
    ]),
    ...bins.map(({ from, to, n: count }) => {
      const size = (274 * count) / most;
      const wide = x.toPixel(to) - x.toPixel(from);
      return element("rect", {
        x: x.toPixel(from) + 1,
        y: 350 - size,
        width: wide - 2,
        height: size,
        class: "amount",
      });
    }),
    element("line", { x1: 64, x2: 440, y1: 350, y2: 76, class: "edge" }),
    element("path", { d: path(points), class: "line s0" }),
    ...points.map(([cx, cy]) => element("circle", { cx, cy, r: 4, class: "dot" })),
    text(252, 388, "probability of the chosen option", { class: "muted small", "text-anchor": "middle" }),
  ]);
}
