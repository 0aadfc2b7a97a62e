import fc from "fast-check";
import { mirrorText } from "../../../../../../ts/data/dataset/augment/mirror-text.ts";

/** The mirror image of a text; undefined where nobody can tell. */
function mirrored(text: string): string | undefined {
  const found = mirrorText(text);
  return "text" in found ? found.text : undefined;
}

describe("a text of a mirror image", () => {
  it.each([
    ["Left kidney.", "Right kidney."],
    [
      "A right-sided effusion and a left\u2011sided drain.",
      "A left-sided effusion and a right\u2011sided drain.",
    ],
    ["RIGHT UPPER LOBE NODULE", "LEFT UPPER LOBE NODULE"],
    ["pain in the right upper quadrant", "pain in the left upper quadrant"],
    ["Nodule on the left, none on the right.", "Nodule on the right, none on the left."],
    ["left", "right"],
    ["Right", "Left"],
    ["Which side: left or right?", "Which side: right or left?"],
    ["left/right asymmetry", "right/left asymmetry"],
    ["the left-to-right diameter", "the right-to-left diameter"],
    ["to the right of the midline", "to the left of the midline"],
    ["rightward shift; leftmost rib", "leftward shift; rightmost rib"],
    ["consolidation in the RLL and LUL", "consolidation in the LLL and RUL"],
    ["RUQ pain, LLQ mass", "LUQ pain, RLQ mass"],
    ["mild dextroscoliosis, levoconvex curve", "mild levoscoliosis, dextroconvex curve"],
    ["The patient has left flank pain.", "The patient has right flank pain."],
    ["On the left in the kidney a stone.", "On the right in the kidney a stone."],
    ["left more than right", "right more than left"],
    ["(left)", "(right)"],
    ["left_kidney", "right_kidney"],
    ["Rt. kidney, Lt. ureter", "Lt. kidney, Rt. ureter"],
    ["left main bronchus", "right main bronchus"],
    ["bilateral, left greater than right, effusions", "bilateral, right greater than left, effusions"],
  ])("of %j is %j, both ways", (text, image) => {
    expect(mirrored(text)).toBe(image);
    expect(mirrored(image)).toBe(text);
  });

  it.each([
    "A bright lesion, upright, with copyright and a leftover clip.",
    "The lesion was left untreated.",
    "left alone, left behind, left in place, left in situ, left over, left open",
    "The patient has left the hospital.",
    "all right",
    "Give the right answer.",
    "right away",
    "a right angle, right-angled",
    "right after contrast",
    "Fracture of L1 and L5, at the level of T12-L1.",
    "No acute finding in 3 l of gas; 50 µm, 5° and ± 2.",
    "downright outright forthright alright rightly rights",
    "",
  ])("of %j is that text itself: none of its words is a side", (text) => {
    expect(mirrored(text)).toBe(text);
  });

  it("exchanges sides beside words that only look like them", () => {
    expect(mirrored("The bright right-sided lesion was left untreated; the left lung is all right.")).toBe(
      "The bright left-sided lesion was left untreated; the right lung is all right.",
    );
    expect(mirrored("Leftover contrast in the right upper quadrant, patient upright.")).toBe(
      "Leftover contrast in the left upper quadrant, patient upright.",
    );
  });

  it.each([
    ["a word that may be either", "Nothing is left."],
    ["an adverb that may be a side", "right behind the bladder"],
    ["a word asked at the end", "It is the spleen, right?"],
    ["who is left-handed", "a left-handed patient"],
    ["what has no counterpart", "atelectasis of the lingula"],
    ["a lobe that one side alone has", "the middle lobe is clear"],
    ["the same with its side", "right middle lobe"],
    ["a chamber, which is named by its form", "left ventricular hypertrophy"],
    ["an artery of the heart", "calcified left anterior descending artery"],
    ["another one", "left main coronary artery"],
    ["a lobe of the liver", "cyst in the left hepatic lobe"],
    ["letters for a vessel or a side", "LAD stenosis"],
    ["one letter", "R > L"],
    ["radiotherapy or right", "RT changes"],
    ["a position of the clock", "lesion at 3 o'clock"],
    ["situs", "situs inversus"],
    ["a heart on the other side", "dextrocardia"],
    ["another language in the same letters", "Raumforderung links"],
    ["one more", "poumon gauche normal"],
    ["another script", "\u5de6\u80ba\u306b\u7d50\u7bc0"],
    ["a name of a program", "leftKidney"],
    ["one that ends so", "kidneyRight"],
    ["a participle", "The tube was left displaced."],
    ["who left", "Surgeons left a clip."],
  ])("is none of %s", (_what, text) => {
    const found = mirrorText(text);
    expect(found).toEqual({ why: expect.stringMatching(/mirror/) });
  });

  it("comes back when it is mirrored again, whatever words stand beside each other", () => {
    const word = fc.constantFrom(
      ..."left right Left RIGHT left-sided the on in of was is has untreated kidney lung and , . ? all bright upright answer side to L5 RUL place".split(
        " ",
      ),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 9 }), (words) => {
        const text = words.join(" ");
        const image = mirrored(text);
        if (image === undefined) return;
        expect(mirrored(image)).toBe(text);
        // Nothing but sides is touched: as many letters of each word that is none.
        const rest = (said: string): string => said.replaceAll(/\b(?:left|right|[LR]UL)\b/gi, "");
        expect(rest(image)).toBe(rest(text));
      }),
      { numRuns: 500, seed: 11 },
    );
  });
});
