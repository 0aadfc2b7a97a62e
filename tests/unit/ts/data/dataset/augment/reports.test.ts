// Whole reports and questions as data sets have them, and every text of PhantomCT.
import { mirrorCase } from "../../../../../../ts/data/dataset/augment/mirror-case.ts";
import { mirrorText } from "../../../../../../ts/data/dataset/augment/mirror-text.ts";
import { phantomCases } from "../../../../../../ts/data/phantom/index.ts";

/** Texts that have a mirror image, with all of its words. */
const reports: readonly (readonly [string, string])[] = [
  [
    "Trachea and both main bronchi are open. A 9 mm nodule in the right upper lobe, unchanged. Left pleural effusion " +
      "of 2 cm; no effusion on the right. The heart is of normal size. No lymph node is enlarged.",
    "Trachea and both main bronchi are open. A 9 mm nodule in the left upper lobe, unchanged. Right pleural effusion " +
      "of 2 cm; no effusion on the left. The heart is of normal size. No lymph node is enlarged.",
  ],
  [
    "FINDINGS: LEFT-SIDED PNEUMOTHORAX. A right-sided chest tube was left in place.\nIMPRESSION: Left pneumothorax.",
    "FINDINGS: RIGHT-SIDED PNEUMOTHORAX. A left-sided chest tube was left in place.\nIMPRESSION: Right pneumothorax.",
  ],
  [
    "The right kidney is atrophic; the left kidney holds a bright 4 mm stone that was left untreated. Upright films " +
      "show no free air. Pain in the right lower quadrant. Leftover contrast in the left ureter.",
    "The left kidney is atrophic; the right kidney holds a bright 4 mm stone that was left untreated. Upright films " +
      "show no free air. Pain in the left lower quadrant. Leftover contrast in the right ureter.",
  ],
  [
    "Fracture of the left fourth rib at the right angle of view; alignment of L2 to L4 is all right.",
    "Fracture of the right fourth rib at the right angle of view; alignment of L2 to L4 is all right.",
  ],
  [
    "Shift of the mediastinum to the left, more on the left than on the right; mild levoscoliosis.",
    "Shift of the mediastinum to the right, more on the right than on the left; mild dextroscoliosis.",
  ],
  [
    "Status after left nephrectomy. The patient has left the hospital. Left: clear. Right: clear.",
    "Status after right nephrectomy. The patient has left the hospital. Right: clear. Left: clear.",
  ],
  ["Which lung is affected, the left or the right one lying beside the spleen?", ""],
  ["Is the lesion left or right of the aorta?", "Is the lesion right or left of the aorta?"],
  ["Where is the mass? In the left adrenal gland", "Where is the mass? In the right adrenal gland"],
];

describe("a report", () => {
  it.each(reports)("%j is mirrored word by word, both ways", (text, image) => {
    if (image === "") {
      expect(mirrorText(text)).toHaveProperty("why");
      return;
    }
    expect(mirrorText(text)).toEqual({ text: image });
    expect(mirrorText(image)).toEqual({ text });
  });

  it("without a side is the report itself, whatever else its words are", () => {
    const text =
      "Bright, upright, outright and forthright: nothing was left untreated, all right. Copyright of the leftover, " +
      "T12 to L1, 5 l, 12 HU, 3 \u00d7 4 mm, \u00b5g, \u00b1, \u201cquoted\u201d \u2014 and a na\u00efve caf\u00e9.";
    expect(mirrorText(text)).toEqual({ text });
  });
});

describe("PhantomCT", () => {
  const cases = phantomCases(11, "train", 60);
  const view = { view: "axial", isPicture: false } as const;

  it("has a mirror image of every case that is sure, and the rest say which words are not", () => {
    const images = cases.map((entry) => mirrorCase(entry, view, {}));
    const sure = images.filter((image) => "entry" in image);
    // Its reports and questions speak of kidneys, lungs and sides, in words that are never ambiguous.
    expect(sure.length).toBeGreaterThan(0.9 * cases.length);
    for (const image of images) if ("why" in image) expect(image.why).toContain("has no sure mirror image");
  });

  it("comes back from its mirror image, and is another one where a side is said", () => {
    let changed = 0;
    for (const entry of cases) {
      const image = mirrorCase(entry, view, {});
      if ("why" in image) continue;
      expect(mirrorCase(image.entry, view, {})).toEqual({ entry });
      for (const [at, item] of image.entry.items.entries()) {
        const before = entry.items[at];
        // The right option is still one of the options, at the letter that it had.
        if (item.choices !== undefined)
          expect(item.choices.indexOf(item.target)).toBe(before?.choices?.indexOf(before.target));
        const hasSide = /\b(?:left|right)\b/i.test(
          JSON.stringify([before?.question, before?.target, before?.choices]),
        );
        if (hasSide) changed++;
        const isSame = JSON.stringify(item) === JSON.stringify(before);
        expect(isSame).toBe(!hasSide);
      }
    }
    expect(changed).toBeGreaterThan(20);
  });
});
