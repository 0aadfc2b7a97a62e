import { element, text } from "../svg.ts";
import { type GreyImage, greyDataUri } from "./grey-png.ts";

/** One plane through a scan, as a reader of films sees it. */
export interface ScanPlane {
  /** "axial", "coronal", "sagittal". */
  readonly name: string;
  readonly grey: GreyImage;
  readonly widthMm: number;
  readonly heightMm: number;
  /** Which of how many, e.g. "slice 7 of 12". */
  readonly place: string;
  /** What lies at each edge: R, L, A, P, S, I. */
  readonly marks: {
    readonly left: string;
    readonly right: string;
    readonly top: string;
    readonly bottom: string;
  };
  /** Where the two other planes cut this one, as shares of width and height. */
  readonly cut: { readonly x: number; readonly y: number };
}

/** Pixels that the widest and the highest plane get. */
const box = 280;
const columnWidth = 304;
/** A plane one slice thick still has to be seen. */
const leastPixels = 2;
const bars = [200, 100, 50, 20, 10, 5, 2, 1, 0.5, 0.1];

/** Pixels that the row of planes takes. */
export const planesHeight = box + 62;

/**
 * The planes side by side, all at one scale of mm, so that shapes and sizes are true, with their marks, the lines
 * along which they cut each other, and a bar of mm.
 *
 * @param left - x of the first plane's column; `top` - y of its heading.
 */
export function drawPlanes(planes: readonly ScanPlane[], left: number, top: number): string[] {
  const pixelsPerMm = box / Math.max(...planes.flatMap(({ widthMm, heightMm }) => [widthMm, heightMm]));
  return planes.map((plane, index) =>
    element(
      "g",
      { transform: `translate(${left + index * columnWidth} ${top})` },
      ...draw(plane, pixelsPerMm),
      ...(index === 0 ? scaleBar(pixelsPerMm) : []),
    ),
  );
}

function draw(plane: ScanPlane, pixelsPerMm: number): string[] {
  const width = Math.max(leastPixels, plane.widthMm * pixelsPerMm);
  const height = Math.max(leastPixels, plane.heightMm * pixelsPerMm);
  const x = (box - width) / 2;
  const y = 18 + (box - height) / 2;
  const middle = { x: box / 2, y: 18 + box / 2 };
  const mark = (atX: number, atY: number, letter: string): string =>
    text(atX, atY, letter, { class: "mark", "text-anchor": "middle" });
  const inside = (size: number, edge: number): number => (size > 60 ? edge : -edge);
  const [sideways, upright] = [inside(width, 10), inside(height, 14)];
  return [
    text(0, 0, plane.name, { class: "strong" }),
    text(box, 0, plane.place, { class: "muted small", "text-anchor": "end" }),
    element("rect", { x: 0, y: 18, width: box, height: box, fill: "#000" }),
    element("image", {
      x,
      y,
      width,
      height,
      preserveAspectRatio: "none",
      style: "image-rendering:optimizeSpeed;image-rendering:pixelated",
      href: greyDataUri(plane.grey),
    }),
    ...cutLines({ x, y, width, height }, plane.cut),
    mark(x + sideways, middle.y + 4, plane.marks.left),
    mark(x + width - sideways, middle.y + 4, plane.marks.right),
    mark(middle.x, y + upright, plane.marks.top),
    mark(middle.x, y + height - (height > 60 ? 6 : -14), plane.marks.bottom),
  ];
}

interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function cutLines({ x, y, width, height }: Frame, cut: ScanPlane["cut"]): string[] {
  const [atX, atY] = [x + cut.x * width, y + cut.y * height];
  return [
    element("line", { x1: atX, x2: atX, y1: y, y2: y + height, class: "cut" }),
    element("line", { x1: x, x2: x + width, y1: atY, y2: atY, class: "cut" }),
  ];
}

function scaleBar(pixelsPerMm: number): string[] {
  const mm = bars.find((length) => length * pixelsPerMm <= 0.4 * box) ?? 0.1;
  const width = mm * pixelsPerMm;
  const y = 18 + box + 14;
  return [
    element("line", { x1: 0, x2: width, y1: y, y2: y, class: "axis" }),
    element("line", { x1: 0, x2: 0, y1: y - 4, y2: y + 4, class: "axis" }),
    element("line", { x1: width, x2: width, y1: y - 4, y2: y + 4, class: "axis" }),
    text(width + 8, y + 4, `${mm} mm`, { class: "muted small" }),
  ];
}
