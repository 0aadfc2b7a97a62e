import { linearScale, tickText } from "../scale.ts";
import { element, svgDocument, text } from "../svg.ts";

/** What is to be seen of a data set on one page. */
export interface CohortPicture {
  readonly title: string;
  /** Lines under the title. */
  readonly facts: readonly string[];
  readonly cases: { readonly read: number; readonly refused: number; readonly missing: number };
  /** What was told, by kind and code, the most frequent first. */
  readonly codes: readonly { readonly kind: string; readonly code: string; readonly count: number }[];
  /** Distance of slices in mm, one number a scan. */
  readonly sliceMm: readonly number[];
  /** Mean shares of HU over scans; null where no voxels were read. */
  readonly histogram: {
    readonly low: number;
    readonly high: number;
    readonly shares: readonly number[];
  } | null;
  readonly digest: string;
}

const width = 960;
const left = 24;
const inner = width - 2 * left;
const lineHeight = 17;
const mostCodes = 14;
const spacingBins = 40;
const chartHeight = 110;
const style =
  "<style>.bar{fill:#44515e}.read{fill:#1a7f37}.refused{fill:#cf222e}.missing{fill:#9a6700}.leak{fill:#8250df}.note{fill:#6e7781}@media (prefers-color-scheme:dark){.bar{fill:#9aa4af}.read{fill:#56d364}.refused{fill:#ff7b72}.missing{fill:#e3b341}.leak{fill:#c4a1ff}.note{fill:#9aa4af}}</style>";

/**
 * A page about a data set: how many scans are read, what was told how often, how far slices lie apart, and HU.
 *
 * @returns an SVG document 960 pixels wide.
 */
export function renderCohort(picture: CohortPicture): string {
  let y = 34;
  const drawn = [text(left, y, picture.title, { class: "title" })];
  const lines = (all: readonly string[], kind: string): void => {
    for (const line of all) {
      y += lineHeight;
      drawn.push(text(left, y, line, { class: kind }));
    }
  };
  lines(picture.facts, "muted");
  drawn.push(...verdictBar(picture.cases, y + 14));
  y += 44;
  lines([picture.codes.length === 0 ? "nothing was told" : "told, by code"], "strong");
  drawn.push(...codeBars(picture.codes.slice(0, mostCodes), y));
  y += lineHeight * Math.min(picture.codes.length, mostCodes) + 6;
  if (picture.codes.length > mostCodes)
    lines([`and ${picture.codes.length - mostCodes} codes more`], "muted");
  lines(["distance of slices in mm, by scans"], "strong");
  drawn.push(...chart(binned(picture.sliceMm), y + 8));
  y += chartHeight + 34;
  if (picture.histogram !== null) {
    lines(["HU, mean share of the voxels over scans"], "strong");
    drawn.push(...chart(picture.histogram, y + 8));
    y += chartHeight + 34;
  }
  lines([`digest ${picture.digest}`], "muted small");
  return svgDocument(width, y + 16, picture.title, [style, ...drawn]);
}

function verdictBar(cases: CohortPicture["cases"], y: number): readonly string[] {
  const total = Math.max(1, cases.read + cases.refused + cases.missing);
  let x = left;
  return (["read", "refused", "missing"] as const).flatMap((name) => {
    const wide = (inner * cases[name]) / total;
    if (wide === 0) return [];
    const bar = element(
      "rect",
      { x, y, width: wide, height: 18, class: name },
      element("title", {}, `${name} ${cases[name]}`),
    );
    x += wide;
    return [bar];
  });
}

function codeBars(codes: CohortPicture["codes"], top: number): readonly string[] {
  const most = Math.max(1, ...codes.map(({ count }) => count));
  return codes.flatMap(({ kind, code, count }, index) => {
    const y = top + (index + 1) * lineHeight;
    return [
      text(left, y, `${code} (${kind})`),
      element("rect", {
        x: left + 330,
        y: y - 10,
        width: Math.max(1, (400 * count) / most),
        height: 11,
        class: kind,
      }),
      text(left + 340 + (400 * count) / most, y, count.toLocaleString("en-US"), { class: "muted" }),
    ];
  });
}

interface Bins {
  readonly low: number;
  readonly high: number;
  readonly shares: readonly number[];
}

/** Values in equally wide bins from 0 to the largest; none where there are no values. */
function binned(values: readonly number[]): Bins {
  let most = 1;
  for (const value of values) most = Math.max(most, value);
  const high = Math.ceil(most);
  const counts = Array.from({ length: spacingBins }, () => 0);
  for (const value of values) {
    const bin = Math.min(spacingBins - 1, Math.floor((value / high) * spacingBins));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { low: 0, high, shares: counts.map((count) => count / Math.max(1, values.length)) };
}

function chart({ low, high, shares }: Bins, top: number): readonly string[] {
  const scale = linearScale(low, high, [left, left + inner], 12);
  const most = Math.max(1e-9, ...shares);
  const wide = inner / shares.length;
  const bottom = top + chartHeight;
  return [
    ...shares.map((share, bin) => {
      const height = (chartHeight * share) / most;
      return element("rect", {
        x: left + bin * wide,
        y: bottom - height,
        width: Math.max(1, wide - 1),
        height,
        class: "bar",
      });
    }),
    element("line", { x1: left, x2: left + inner, y1: bottom, y2: bottom, class: "axis" }),
    ...scale.ticks.map((tick) =>
      text(scale.toPixel(tick), bottom + 14, tickText(tick), {
        class: "muted small",
        "text-anchor": "middle",
      }),
    ),
  ];
}
