import { factClasses, phantomTruth } from "../../../../../../ts/data/phantom/truth/facts.ts";
import { phantomSeed } from "../../../../../../ts/data/phantom/truth/seeds.ts";
import { phantomItems } from "../../../../../../ts/data/phantom/words/questions.ts";
import {
  kindTable,
  orderPairs,
  questionKinds,
  questionPhrasings,
  reportPrompts,
} from "../../../../../../ts/data/phantom/words/wording.ts";
import { questionTypes } from "../../../../../../ts/schema/task.ts";

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[a-z-]+/g) ?? [];

describe("the phrasings", () => {
  it("has at least eight to train on and two kept out for each kind, all different over all kinds", () => {
    const all: string[] = [];
    for (const kind of questionKinds) {
      const { seen, unseen } = questionPhrasings[kind];
      expect(seen.length).toBeGreaterThanOrEqual(8);
      expect(unseen.length).toBeGreaterThanOrEqual(2);
      all.push(...seen, ...unseen);
    }
    expect(new Set(all).size).toBe(all.length);
  });

  it("has at least twenty ways to ask for a report and two kept out, none of them a question of a kind", () => {
    expect(reportPrompts.seen.length).toBeGreaterThanOrEqual(20);
    expect(reportPrompts.unseen.length).toBeGreaterThanOrEqual(2);
    const all = [...reportPrompts.seen, ...reportPrompts.unseen];
    expect(new Set(all).size).toBe(all.length);
    const questions = new Set<string>(
      questionKinds.flatMap((kind) => [...questionPhrasings[kind].seen, ...questionPhrasings[kind].unseen]),
    );
    expect(all.filter((prompt) => questions.has(prompt))).toEqual([]);
  });

  it("never holds a word of one of its options", () => {
    for (const kind of questionKinds) {
      const options = new Set(factClasses[kindTable[kind].fact].flatMap((option) => wordsOf(option)));
      for (const text of [...questionPhrasings[kind].seen, ...questionPhrasings[kind].unseen]) {
        expect(wordsOf(text).filter((word) => options.has(word))).toEqual([]);
      }
    }
  });

  it("uses in what is kept out only words that training questions have", () => {
    const trained = new Set(
      questionKinds
        .flatMap((kind) => questionPhrasings[kind].seen.flatMap(wordsOf))
        .concat(reportPrompts.seen.flatMap(wordsOf)),
    );
    const kept = questionKinds.flatMap((kind) => questionPhrasings[kind].unseen).concat(reportPrompts.unseen);
    expect(kept.flatMap(wordsOf).filter((word) => !trained.has(word))).toEqual([]);
  });

  it("keeps the vocabulary of all volumes between 100 and 150 words", () => {
    const words = new Set<string>();
    for (let index = 0; index < 600; index += 1) {
      for (const item of phantomItems(phantomTruth(phantomSeed(1, "train", index)), "c", "train")) {
        for (const text of [item.question, item.target, ...(item.choices ?? [])])
          for (const word of wordsOf(text)) words.add(word);
      }
    }
    expect(words.size).toBeGreaterThanOrEqual(100);
    expect(words.size).toBeLessThanOrEqual(150);
  });

  it("covers the five question types and names pairs that are options of their kinds", () => {
    expect(new Set(questionKinds.map((kind) => kindTable[kind].type))).toEqual(new Set(questionTypes));
    for (const [kind, pair] of Object.entries(orderPairs)) {
      const options: readonly string[] = factClasses[kindTable[kind as keyof typeof orderPairs].fact];
      expect(pair.every((answer) => options.includes(answer))).toBe(true);
    }
  });
});
