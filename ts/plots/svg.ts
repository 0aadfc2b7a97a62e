/**
 * SVG text, built from elements; readable on a light and on a dark page because every plot brings its own
 * card.
 */

export type Attributes = Readonly<Record<string, string | number>>;

/** One element with its children, which are SVG already. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? trim(value) : escapeText(value)}"`)
    .join("");
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join("")}</${name}>`;
}

/** A line of text. */
export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element("text", { x, y, ...attributes }, escapeText(content));
}

/** A polyline's path through points in pixels. */
export function path(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${trim(x)} ${trim(y)}`).join("");
}

/** The text with everything that XML would read as markup, or could not hold, escaped. */
export function escapeText(content: string): string {
  // Control characters have no form in XML 1.0, not even an escaped one.
  const printable = content.replaceAll(/\p{Cc}/gu, "\uFFFD");
  return printable
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** A whole document with the card, the style and a spoken title. */
export function svgDocument(
  width: number,
  height: number,
  title: string,
  children: readonly string[],
): string {
  return `${element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width,
      height,
      viewBox: `0 0 ${trim(width)} ${trim(height)}`,
      role: "img",
    },
    element("title", {}, escapeText(title)),
    `<style>${style}</style>`,
    element("rect", { x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 10, class: "card" }),
    ...children,
  )}\n`;
}

const style = [
  "text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;font-size:12px;fill:#1f2328}",
  ".card{fill:#fff;stroke:#d0d7de}.title{font-size:16px;font-weight:600}.muted{fill:#59636e}.small{font-size:11px}.strong{font-weight:600}",
  ".grid{stroke:#e7ebef}.axis{stroke:#8c959f}.edge{stroke:#8c959f;stroke-dasharray:4 3}.band{fill:#f6f8fa}.halo{stroke:#fff;stroke-width:3px;paint-order:stroke}",
  ".line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}.raw{fill:none;stroke-width:1;opacity:.45;stroke-linejoin:round}",
  ".s0{stroke:#1f6fb8}.s1{stroke:#c2570c}.s2{stroke:#1a7f37}.s3{stroke:#8250df}.s4{stroke:#0b7a75}.s5{stroke:#bf3989}.dot{fill:none;stroke-width:2}.bad{fill:#cf222e}.alarm{fill:none;stroke:#cf222e;stroke-width:2}",
  "@media (prefers-color-scheme:dark){text{fill:#e6edf3}.card{fill:#14181d;stroke:#30363d}.muted{fill:#9aa4af}.grid{stroke:#262d35}.axis,.edge{stroke:#6e7681}",
  ".band{fill:#1b2027}.halo{stroke:#14181d}.s0{stroke:#6cb2ff}.s1{stroke:#ff9e5e}.s2{stroke:#56d364}.s3{stroke:#c4a1ff}.s4{stroke:#4fd1c5}.s5{stroke:#ff8ac4}.bad{fill:#ff7b72}.alarm{stroke:#ff7b72}}",
].join("");

function trim(value: number): string {
  return String(Math.round(value * 100) / 100);
}
