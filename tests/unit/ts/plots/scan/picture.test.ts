import { renderScanPicture, type ScanPicture } from "../../../../../ts/plots/scan/picture.ts";
import { textsOf } from "../well-formed.ts";

const picture: ScanPicture = {
  title: "CT as Tomoe reads it",
  facts: ["12 x 20 x 24 voxels"],
  planes: ["axial", "coronal", "sagittal"].map((name) => ({
    name,
    grey: { pixels: new Uint8Array(6), width: 3, height: 2 },
    widthMm: 30,
    heightMm: 20,
    place: "slice 1 of 2",
    marks: { left: "R", right: "L", top: "S", bottom: "I" },
    cut: { x: 0.5, y: 0.5 },
  })),
  greys: "black -1000 HU and below",
  histogram: { low: -1200, high: 1600, shares: [0.5, 0.5], below: 0, above: 0, bands: [] },
  verdict: "ok",
  reasons: ["air peaks at -998 HU"],
  decisions: [["orient", "from LPS, to RAS"]],
  warnings: ["AXES_NOT_SQUARE: two axes are 0.3 degrees off"],
};

describe("the picture of a scan", () => {
  it("says what was read, what was decided and why, in one well-formed document", () => {
    const texts = textsOf(renderScanPicture(picture).replace(/<style>.*?<\/style>/gs, ""));
    for (const said of [
      "CT as Tomoe reads it",
      "12 x 20 x 24 voxels",
      "axial",
      "coronal",
      "sagittal",
      "black -1000 HU and below",
      "HU ok",
      "air peaks at -998 HU",
      "orient: from LPS, to RAS",
      "AXES_NOT_SQUARE: two axes are 0.3 degrees off",
    ])
      expect(texts).toContain(said);
    expect(texts.join(" ")).toContain("radiological display: patient right on the left");
  });

  it("tells a refusal in another colour", () => {
    expect(renderScanPicture({ ...picture, verdict: "refused" })).toMatch(
      /class="strong refused">HU refused</,
    );
  });

  it("says that there are no warnings where there are none", () => {
    expect(renderScanPicture({ ...picture, warnings: [] })).toContain(">no warnings<");
  });

  it("breaks what is too long for a line, and counts what is too much for the page", () => {
    const long = Array.from({ length: 40 }, (_, index) => [`step${index}`, "word ".repeat(40)] as const);
    const texts = textsOf(
      renderScanPicture({ ...picture, decisions: long }).replace(/<style>.*?<\/style>/gs, ""),
    );
    expect(Math.max(...texts.map((line) => line.length))).toBeLessThanOrEqual(140);
    expect(texts).toContain("and 57 more lines, which tomoe inspect prints");
  });

  it("breaks a word that no line holds, and escapes what XML would read", () => {
    const svg = renderScanPicture({ ...picture, reasons: ["x".repeat(300), '<b a="1">&'] });
    expect(svg).toContain("&lt;b a=&quot;1&quot;&gt;&amp;");
    expect(svg).not.toContain("x".repeat(129));
  });
});
