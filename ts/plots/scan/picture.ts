import { element, svgDocument, text } from "../svg.ts";
import { drawHistogram, histogramHeight, type ScanHistogram } from "./histogram.ts";
import { drawPlanes, planesHeight, type ScanPlane } from "./planes.ts";

/** What is to be seen of a scan and of how it was read. */
export interface ScanPicture {
  readonly title: string;
  /** Lines under the title: the geometry. */
  readonly facts: readonly string[];
  readonly planes: readonly ScanPlane[];
  /** Which values are black and white in the planes, in words. */
  readonly greys: string;
  readonly histogram: ScanHistogram;
  readonly verdict: "ok" | "suspect" | "refused";
  /** Why the verdict is what it is. */
  readonly reasons: readonly string[];
  /** What was decided, oldest first: a short name and the rest. */
  readonly decisions: readonly (readonly [name: string, what: string])[];
  /** Each with its code. */
  readonly warnings: readonly string[];
}

const width = 960;
const left = 24;
const lineHeight = 17;
/** Characters of the small text that a line of the page surely holds. */
const lineLength = 128;
/** Longer lists are cut, and say so. */
const mostLines = { reasons: 6, decisions: 24, warnings: 16 };
const display =
  "radiological display: patient right on the left, seen from the feet and from the front; sagittal with the front on the left";
const extraStyle =
  "<style>.mark{fill:#ffd54a;font-size:13px;font-weight:600;stroke:#000;stroke-width:2.5px;paint-order:stroke}.cut{stroke:#ffd54a;stroke-width:.7;stroke-dasharray:3 4;opacity:.7}.bar{fill:#44515e}.zone{opacity:.28}.z0{fill:#6cb2ff}.z1{fill:#ffcf5c}.z2{fill:#ff8f7a}.ok{fill:#1a7f37}.suspect{fill:#9a6700}.refused{fill:#cf222e}@media (prefers-color-scheme:dark){.bar{fill:#9aa4af}.ok{fill:#56d364}.suspect{fill:#e3b341}.refused{fill:#ff7b72}}</style>";

/**
 * A page about one scan: three planes through its middle as radiologists look at them, the histogram with the
 * marks of the HU gate, the verdict with its reasons, and every decision of the reader.
 *
 * @returns an SVG document 960 pixels wide; its height follows the number of lines.
 */
export function renderScanPicture(picture: ScanPicture): string {
  const page = new Page();
  page.line(picture.title, { class: "title" }, 34);
  for (const fact of picture.facts) page.line(fact, { class: "muted" });
  page.block((top) => drawPlanes(picture.planes, left, top), planesHeight, 16);
  page.list([display, picture.greys], 2);
  page.block((top) => [drawHistogram(picture.histogram, left, top)], histogramHeight, 14);
  page.line(`HU ${picture.verdict}`, { class: `strong ${picture.verdict}` });
  page.list(picture.reasons, mostLines.reasons);
  page.heading("decisions");
  page.list(
    picture.decisions.map(([name, what]) => `${name}: ${what}`),
    mostLines.decisions,
  );
  page.heading(picture.warnings.length === 0 ? "no warnings" : "warnings");
  page.list(picture.warnings, mostLines.warnings);
  return svgDocument(width, page.y + 14, picture.title, [extraStyle, ...page.drawn]);
}

/** Lines and blocks, one below the other. */
class Page {
  readonly drawn: string[] = [];
  y = 0;

  line(content: string, attributes: { readonly class: string }, height = lineHeight): void {
    for (const [index, part] of wrapped(content).entries()) {
      this.y += index === 0 ? height : lineHeight;
      this.drawn.push(text(left, this.y, part, attributes));
    }
  }

  heading(content: string): void {
    this.line(content, { class: "strong" }, 26);
  }

  /** Items line by line; of too many lines the last ones are counted instead. */
  list(items: readonly string[], most: number): void {
    const lines = items.flatMap((item) =>
      wrapped(item).map((part, index) => (index === 0 ? part : `    ${part}`)),
    );
    const shown = lines.length > most ? lines.slice(0, most - 1) : lines;
    for (const line of shown) this.line(line, { class: "small" });
    const left = lines.length - shown.length;
    if (left > 0) this.line(`and ${left} more lines, which tomoe inspect prints`, { class: "muted small" });
  }

  block(draw: (top: number) => readonly string[], height: number, gap: number): void {
    const top = this.y + lineHeight + gap;
    this.drawn.push(element("g", {}, ...draw(top)));
    this.y = top + height - lineHeight;
  }
}

function wrapped(content: string): readonly string[] {
  const lines: string[] = [];
  let line = "";
  // A word longer than a line is broken.
  for (const word of content
    .split(/\s+/)
    .flatMap((part) => part.match(new RegExp(`.{1,${lineLength}}`, "gu")) ?? [])) {
    if (line !== "" && line.length + 1 + word.length > lineLength) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
