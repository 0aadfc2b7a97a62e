import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { amosMmSource, lettered, optionsInText } from "../../../../../../ts/data/sources/layouts/amos-mm.ts";
import { amosMmExample } from "../../../../../support/layouts/others.ts";
import { told, walked } from "../../../../../support/source-rows.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();

describe("AMOS-MM", () => {
  it("has a report a region, its type the region, and none where nothing was reported", async () => {
    const { path } = await amosMmExample(join(root, "example"));
    const { items, dropped, cases } = await walked(await amosMmSource.open(path));
    expect(cases.map(({ id, split }) => [id, split])).toEqual([
      ["amos_0001", "train"],
      ["amos_0004", "train"],
      ["amos_0008", "validation"],
    ]);
    expect(items.slice(0, 4).map(({ id, type, question, target }) => [id, type, question, target])).toEqual([
      ["amos_0001/chest", "chest", "Describe the findings of the chest.", "Clear in 0001."],
      ["amos_0001/abdomen", "abdomen", "Describe the findings of the abdomen.", "A cyst."],
      ["amos_0001/q1", undefined, "Which organ?", "kidney"],
      ["amos_0001/q2", undefined, "Is there a cyst?", "yes"],
    ]);
    expect(dropped.map(({ id, filter, split }) => [id, filter, split])).toEqual([
      ["amos_0001/pelvis", "not-reported", "train"],
      ["amos_0004/pelvis", "not-reported", "train"],
      ["amos_0008/pelvis", "not-reported", "validation"],
    ]);
  });

  it("tells questions without an answer among their options, and images outside its folder", async () => {
    const path = join(root, "broken");
    mkdirSync(join(path, "imagesTr"), { recursive: true });
    const asked = (answer: unknown, options: unknown = { A: "x", B: "y" }) => ({
      question: "Q?",
      options,
      answer,
    });
    const list = {
      training: [
        { image: "../x.nii.gz", labels: {} },
        { image: 3 },
        {
          image: "./imagesTr/a.nii.gz",
          labels: { qa: [asked("C"), asked("A", null), asked("A"), asked(1)] },
        },
        { image: "./imagesTr/b.nii.gz" },
      ],
      validation: [],
    };
    writeFileSync(join(path, "dataset.json"), JSON.stringify(list));
    const { problems, items } = await walked(await amosMmSource.open(path));
    const what = "has no question, no options by letter, or no answer among them";
    expect(told(problems)).toEqual([
      'dataset.json#training:1 "image" is "../x.nii.gz", no path in the folder',
      'dataset.json#training:2 "image" is 3, no path in the folder',
      ...["q1", "q2", "q4"].map((id) => `dataset.json#training:3 question a/${id} ${what}`),
    ]);
    expect(items.map(({ id }) => id)).toEqual(["a/q3"]);
  });
});

describe("options by letter", () => {
  it.each([
    [{ B: "b", A: "a" }, ["a", "b"]],
    [{ A: "a", C: "c" }, ["a", "", "c"]],
    [{ a: 1, b: 2 }, ["1", "2"]],
    [
      ["x", "y"],
      ["x", "y"],
    ],
    [{}, undefined],
    [{ first: "x" }, undefined],
    ["A: x", undefined],
    [null, undefined],
  ])("of %j are %j", (options, list) => {
    expect(lettered(options)).toEqual(list);
  });
});

describe("options in a text", () => {
  it.each([
    ["Q? A: 900 B: 1432.5", "Q?", ["900", "1432.5"]],
    ["Which?\nA. left lung\nB. right lung\nC. none", "Which?", ["left lung", "right lung", "none"]],
    ["Is segment B: 3 seen? (A) yes (B) no", "Is segment B: 3 seen?", ["yes", "no"]],
    ["A: x B: y", "", ["x", "y"]],
  ])("of %j", (text, question, options) => {
    expect(optionsInText(text)).toEqual({ question, options });
  });

  it.each(["No options here.", "Only A: one", "B: x C: y"])("are none in %j", (text) => {
    expect(optionsInText(text)).toBeUndefined();
  });
});
