import { captionWords, wordLabels } from "../../../../../ts/data/dataset/words.ts";
import type { ItemRow } from "../../../../../ts/schema/sample.ts";

const row = { case: "c", subject: "s", path: "p", split: "train" } as const;
const item = (task: ItemRow["task"], target: string): ItemRow => ({
  id: `${task} ${target}`,
  case: "c",
  task,
  question: "q",
  target,
});
const withReports = (...reports: readonly string[]) => ({
  row,
  items: [item("open-vqa", "answer"), ...reports.map((text) => item("report", text))],
});

const cases = [
  withReports("The liver contains a Cyst. The cyst is non-contrast."),
  withReports("The liver.", "A spleen too."),
  withReports("The \u00dcbersicht, 2 nodules."),
  withReports(),
];

describe("captionWords", () => {
  it("takes runs of letters in lower case, each once a case, of reports alone", () => {
    expect(captionWords(cases, { least: 0, most: 1 })).toEqual([
      "a",
      "contains",
      "contrast",
      "cyst",
      "is",
      "liver",
      "nodules",
      "non",
      "spleen",
      "the",
      "too",
      "\u00fcbersicht",
    ]);
  });

  it("keeps those between two shares of the cases that have a report, both bounds included", () => {
    expect(captionWords(cases, { least: 0.5, most: 1 })).toEqual(["a", "liver", "the"]);
    expect(captionWords(cases, { least: 2 / 3, most: 2 / 3 })).toEqual(["a", "liver"]);
    expect(captionWords(cases, { least: 0, most: 0.9 })).not.toContain("the");
    expect(captionWords([withReports()], { least: 0, most: 1 })).toEqual([]);
  });
});

describe("wordLabels", () => {
  it("names the places of the words that a case has; a report without one of them is still a report", () => {
    const words = ["cyst", "liver", "spleen"];
    expect(cases.map((entry) => wordLabels(entry, words))).toEqual([
      { hasCaption: true, words: [0, 1] },
      { hasCaption: true, words: [1, 2] },
      { hasCaption: true, words: [] },
      { hasCaption: false, words: [] },
    ]);
  });

  it("says nothing where no words are read", () => {
    expect(wordLabels(withReports("The liver."), [])).toEqual({ hasCaption: false, words: [] });
  });
});
