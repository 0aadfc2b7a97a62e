import { phantomCorpus } from "../../../../../ts/data/phantom/lines.ts";
import { factClasses, phantomTruth } from "../../../../../ts/data/phantom/truth/facts.ts";
import { phantomSeed } from "../../../../../ts/data/phantom/truth/seeds.ts";
import { phantomItems } from "../../../../../ts/data/phantom/words/questions.ts";
import {
  questionKinds,
  questionPhrasings,
  reportPrompts,
} from "../../../../../ts/data/phantom/words/wording.ts";

const corpus = phantomCorpus({ seed: 7, volumes: 200, slices: 150 });
const lines = new Set(corpus);
const wordsOf = (text: string): string[] => text.toLowerCase().match(/[a-z-]+/g) ?? [];

describe("phantomCorpus", () => {
  it("holds every training phrasing and none that was kept out", () => {
    for (const { seen, unseen } of [...questionKinds.map((kind) => questionPhrasings[kind]), reportPrompts]) {
      expect(seen.filter((text) => !lines.has(text))).toEqual([]);
      expect(unseen.filter((text) => lines.has(text))).toEqual([]);
    }
  });

  it("holds every class as a line of its own", () => {
    for (const classes of Object.values(factClasses))
      for (const name of classes) expect(lines.has(name)).toBe(true);
  });

  it("has every word that held-out items use", () => {
    const words = new Set(corpus.flatMap(wordsOf));
    for (let index = 0; index < 300; index += 1) {
      for (const item of phantomItems(phantomTruth(phantomSeed(7, "heldOut", index)), "c", "test")) {
        expect([item.question, item.target].flatMap(wordsOf).filter((word) => !words.has(word))).toEqual([]);
      }
    }
  });

  it("is the same for the same options and refuses counts out of range", () => {
    expect(phantomCorpus({ seed: 7, volumes: 3, slices: 3 })).toEqual(
      phantomCorpus({ seed: 7, volumes: 3, slices: 3 }),
    );
    expect(() => phantomCorpus({ seed: 7, volumes: -1, slices: 0 })).toThrow(
      "[CONFIG_INVALID] phantom volumes is -1, not an integer from 0 to 1000000",
    );
  });
});
