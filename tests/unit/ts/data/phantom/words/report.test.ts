import { createRandom } from "../../../../../../ts/data/phantom/random.ts";
import type { PhantomTruth } from "../../../../../../ts/data/phantom/truth/facts.ts";
import { phantomTruth } from "../../../../../../ts/data/phantom/truth/facts.ts";
import { phantomSeed } from "../../../../../../ts/data/phantom/truth/seeds.ts";
import { capital, phantomReport, withArticle } from "../../../../../../ts/data/phantom/words/report.ts";

const truths = Array.from({ length: 1500 }, (_, index) => phantomTruth(phantomSeed(2, "train", index)));
const report = (truth: PhantomTruth): string => phantomReport(truth, createRandom(truth.seed, "wording"));

/** Reads the facts back out of a report with patterns of its own. */
function readBack(text: string): Partial<Record<keyof PhantomTruth, string | null>> {
  const lower = text.toLowerCase();
  const find = (pattern: RegExp): string | null => pattern.exec(lower)?.[1] ?? null;
  const organ = "(liver|spleen|left kidney|right kidney)",
    type = "(cyst|mass|calcification|abscess)";
  return {
    plane: find(/^(axial|coronal|sagittal|oblique) /),
    phase: find(/(?:, |the )(non-contrast|arterial|portal venous|delayed) phase/),
    lesionType: find(new RegExp(`${type} in the ${organ}`)) ?? find(new RegExp(`contains an? ${type}`)),
    lesionOrgan:
      new RegExp(`an? ${type} in the ${organ}`).exec(lower)?.[2] ?? find(new RegExp(`the ${organ} contains`)),
    missingOrgan: /no organ is missing|all organs are present/.test(lower)
      ? "none"
      : find(new RegExp(`the ${organ} is (?:missing|absent)`)),
    opacitySide: /no lung opacity|no opacity/.test(lower)
      ? "none"
      : /both lungs/.test(lower)
        ? "both"
        : (find(/opacity in the (left|right) lung/) ?? find(/the (left|right) lung shows/)),
    granulomaHigher: /no granuloma/.test(lower)
      ? "none"
      : /same level/.test(lower)
        ? "same"
        : (find(/the (left|right) granuloma is higher/) ?? find(/higher granuloma is on the (left|right)/)),
    vesselOrNodules: /no anterior lung finding|no finding in the front/.test(lower)
      ? "none"
      : find(/(vessel|nodules|cavity)/),
  };
}

describe("phantomReport", () => {
  it("says every fact of the phantom, in words from which each can be read back", () => {
    for (const truth of truths) {
      const { seed: _seed, ...facts } = truth;
      expect(readBack(report(truth))).toEqual(facts);
    }
  });

  it("has three to six sentences and at most fifty words", () => {
    for (const truth of truths) {
      const text = report(truth);
      const sentences = text.split(". ").length;
      expect(sentences).toBe(truth.plane === "axial" ? 6 : 4);
      expect(text.split(" ").length).toBeLessThanOrEqual(50);
      expect(text.endsWith(".")).toBe(true);
    }
  });

  it("has more than one wording for the same facts, the same one for the same seed", () => {
    const [truth] = truths as [PhantomTruth];
    expect(report(truth)).toBe(report(truth));
    expect(
      new Set(Array.from({ length: 40 }, (_, seed) => phantomReport(truth, createRandom(seed, "wording"))))
        .size,
    ).toBeGreaterThan(10);
  });
});

describe("withArticle and capital", () => {
  it("choose the article by the first letter and write sentences with a capital", () => {
    expect([withArticle("abscess"), withArticle("cyst"), capital(withArticle("abscess"))]).toEqual([
      "an abscess",
      "a cyst",
      "An abscess",
    ]);
  });
});
