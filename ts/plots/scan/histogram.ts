import { linearScale, tickText } from "../scale.ts";
import { element, escapeText, text } from "../svg.ts";

/** How often each value stands in a scan. */
export interface ScanHistogram {
  readonly low: number;
  readonly high: number;
  /** Share of the voxels in each of equally wide bins over low..high, 0..1. */
  readonly shares: readonly number[];
  /** Shares of what lies outside low..high. */
  readonly below: number;
  readonly above: number;
  /** Where something belongs, e.g. air at -1100..-880. */
  readonly bands: readonly { readonly name: string; readonly low: number; readonly high: number }[];
}

const plot = { left: 0, right: 912, top: 44, bottom: 148 };

/** Pixels that the histogram takes. */
export const histogramHeight = 190;

/**
 * Bars over the values, with a band where each tissue belongs. A bar's height grows with the square root of its
 * share, so that one pile of air does not hide all else.
 */
export function drawHistogram(histogram: ScanHistogram, left: number, top: number): string {
  const { low, high, shares, bands } = histogram;
  const x = linearScale(low, high, [plot.left, plot.right], 10);
  const most = Math.sqrt(Math.max(...shares, 1e-9));
  const width = (plot.right - plot.left) / Math.max(1, shares.length);
  return element(
    "g",
    { transform: `translate(${left} ${top})` },
    ...bands.flatMap((band, index) => bandOf(band, index, x.toPixel)),
    ...shares.map((share, index) => {
      const height = ((plot.bottom - plot.top) * Math.sqrt(share)) / most;
      return share === 0
        ? ""
        : element("rect", {
            x: index * width,
            y: plot.bottom - height,
            width: width * 0.9,
            height,
            class: "bar",
          });
    }),
    element("line", { x1: plot.left, x2: plot.right, y1: plot.bottom, y2: plot.bottom, class: "axis" }),
    ...x.ticks.map((tick) =>
      text(x.toPixel(tick), plot.bottom + 16, tickText(tick), {
        class: "muted small",
        "text-anchor": "middle",
      }),
    ),
    text(plot.right, plot.bottom + 32, outside(histogram), { class: "muted small", "text-anchor": "end" }),
  );
}

/** What a band covers of the axis; nothing where the axis does not reach it. */
function bandOf(
  { name, low, high }: ScanHistogram["bands"][number],
  index: number,
  toPixel: (value: number) => number,
): string[] {
  const from = Math.max(plot.left, toPixel(low));
  const to = Math.min(plot.right, toPixel(high));
  if (to <= from) return [];
  const shade = {
    x: from,
    y: plot.top - 2,
    width: to - from,
    height: plot.bottom - plot.top + 2,
    class: `zone z${index % 3}`,
  };
  return [
    element("rect", shade, element("title", {}, escapeText(`${name}: ${low} to ${high}`))),
    text((from + to) / 2, plot.top - 8 - 13 * (index % 3), name, {
      class: "small",
      "text-anchor": "middle",
    }),
  ];
}

function outside({ below, above }: ScanHistogram): string {
  const share = (value: number): string => `${(100 * value).toFixed(1)} %`;
  return `${share(below)} of the voxels lie below the axis, ${share(above)} above; heights grow with the square root of the share`;
}
