import fc from "fast-check";
import { element, escapeText, path, svgDocument, text } from "../../../../ts/plots/svg.ts";
import { textsOf } from "./well-formed.ts";

describe("element", () => {
  it("closes itself without children, and holds those it has in order", () => {
    expect(element("rect", { x: 1, class: "card" })).toBe('<rect x="1" class="card"/>');
    expect(element("g", {}, "<a/>", "<b/>")).toBe("<g><a/><b/></g>");
  });

  it("writes numbers with two decimals at most, and text attributes escaped", () => {
    expect(element("line", { x1: 1 / 3, x2: 2.5, y1: -0.001, d: 'a"<&' })).toBe(
      '<line x1="0.33" x2="2.5" y1="0" d="a&quot;&lt;&amp;"/>',
    );
  });
});

describe("path", () => {
  it("moves to the first point and draws to the others", () => {
    expect(
      path([
        [0, 0],
        [1.006, 2],
        [3, -4.5],
      ]),
    ).toBe("M0 0L1.01 2L3 -4.5");
    expect(path([])).toBe("");
  });
});

describe("text", () => {
  it("stands at its place, whatever it says", () => {
    expect(text(3, 4.567, "a < b & c", { class: "muted" })).toBe(
      '<text x="3" y="4.57" class="muted">a &lt; b &amp; c</text>',
    );
  });
});

describe("escapeText", () => {
  it("leaves no markup, and no character that XML cannot hold, of any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (content) => {
        const escaped = escapeText(content);
        expect(escaped).not.toMatch(/[<>"]|&(?!amp;|lt;|gt;|quot;)/);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
        expect(escaped).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      }),
      { seed: 7 },
    );
  });

  it("keeps letters of every script as they are", () => {
    expect(escapeText("Überblick 巴 μ")).toBe("Überblick 巴 μ");
  });
});

describe("svgDocument", () => {
  const svg = svgDocument(320, 200.5, "Loss <of> a run", [text(1, 2, "hello")]);

  it("is well formed, of its size, with a title that a screen reader speaks", () => {
    expect(textsOf(svg)).toEqual(["hello"]);
    expect(svg).toContain('width="320" height="200.5" viewBox="0 0 320 200.5" role="img"');
    expect(svg).toContain("<title>Loss &lt;of&gt; a run</title>");
    expect(svg.endsWith("</svg>\n")).toBe(true);
  });

  it("brings its own card and colours for light and dark, and fetches nothing", () => {
    expect(svg).toContain('<rect x="0.5" y="0.5" width="319" height="199.5" rx="10" class="card"/>');
    expect(svg).toContain("prefers-color-scheme:dark");
    expect(svg).not.toMatch(/<script|href|@import|url\(/);
  });
});
