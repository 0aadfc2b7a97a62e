import {
  type BaselineName,
  baselineNames,
  baselines,
  type KnownCase,
} from "../../../../../ts/eval/adversaries/baselines.ts";
import { atOnce } from "../../../../../ts/eval/index.ts";
import type { ItemRow } from "../../../../../ts/schema/sample.ts";

type Item = Partial<ItemRow> & Pick<ItemRow, "task" | "target">;

function known(id: string, items: readonly Item[], facts?: Readonly<Record<string, number>>): KnownCase {
  return {
    row: { case: id, subject: `patient of ${id}`, ...(facts && { facts }) },
    items: items.map((item, at) => ({ id: `${id}-${at}`, case: id, question: "What is it?", ...item })),
  };
}

const organs = ["liver", "spleen", "heart", "lung"];
const closed = (target: string, type = "organ", choices = organs): Item => ({
  task: "closed-vqa",
  type,
  choices,
  target,
});
const open = (target: string, type = "organ"): Item => ({ task: "open-vqa", type, target });
const report = (target: string): Item => ({ task: "report", target });

function guessed(name: BaselineName, training: readonly KnownCase[], asked: readonly KnownCase[]) {
  const found = atOnce(baselines[name].guess(training, asked));
  return "leftOut" in found ? found.leftOut : Object.fromEntries(found.guesses);
}

describe("the majority answer", () => {
  const training = [
    known("a", [
      closed("spleen"),
      closed("spleen"),
      closed("liver"),
      open("Spleen."),
      open("cyst", "finding"),
    ]),
    known("b", [
      closed("axial", "plane", ["axial", "oblique", "coronal", "sagittal"]),
      open("spleen"),
      open("liver"),
    ]),
  ];

  it("is the commonest training answer of the type, as a letter and text where there are options", () => {
    const asked = [known("t", [closed("liver"), open("heart"), open("nodule", "finding"), report("words")])];
    expect(guessed("majority", training, asked)).toEqual({
      "t-0": "B. spleen",
      "t-1": "Spleen.",
      "t-2": "cyst",
    });
  });

  it("is chosen among the options that are there", () => {
    const asked = [
      known("t", [
        closed("lung", "organ", ["lung", "liver", "heart", "kidney"]),
        closed("lung", "organ", ["NA", "lung", "kidney", "-"]),
      ]),
    ];
    expect(guessed("majority", training, asked)).toEqual({ "t-0": "B. liver", "t-1": "B. lung" });
  });

  it("is that of the whole task where no training question has the type", () => {
    expect(guessed("majority", training, [known("t", [open("x", "never seen")])])).toEqual({
      "t-0": "Spleen.",
    });
  });

  it("does not depend on the order of training", () => {
    const asked = [known("t", [closed("heart"), open("heart")])];
    expect(guessed("majority", training.toReversed(), asked)).toEqual(guessed("majority", training, asked));
  });

  it("is left out where training has reports alone", () => {
    expect(guessed("majority", [known("a", [report("x")])], [])).toContain("no training item");
  });
});

describe("the constant report", () => {
  it("is one training report for every case, and answers nothing else", () => {
    const training = [
      known("a", [report("liver cyst")]),
      known("b", [report("liver cyst and more")]),
      known("c", [open("x")]),
    ];
    const asked = [known("t", [report("one")]), known("u", [closed("liver"), report("two")])];
    const found = guessed("constant-report", training, asked);
    expect(found).toEqual({ "t-0": "liver cyst", "u-1": "liver cyst" });
  });

  it("is left out without a training report", () => {
    expect(guessed("constant-report", [known("a", [open("x")])], [])).toBe("no training case has a report");
  });
});

describe("the label table", () => {
  const training = [
    known("a", [report("left side")], { side: 0 }),
    known("b", [report("right side")], { side: 1 }),
    known("c", [report("without facts")]),
  ];

  it("reads the true labels of each case and writes the report that goes with them", () => {
    const asked = [known("t", [report("?"), open("x")], { side: 1 }), known("u", [report("?")], { side: 0 })];
    expect(guessed("label-table", training, asked)).toEqual({ "t-0": "right side", "u-0": "left side" });
  });

  it("is left out, with the reason, without facts on either side", () => {
    expect(guessed("label-table", [known("c", [report("x")])], [])).toContain("both facts and a report");
    expect(guessed("label-table", training, [known("t", [report("?")])])).toBe(
      'case "t" has no facts to look up',
    );
  });
});

it("every baseline says what it is and answers only what it says", () => {
  const training = [known("a", [closed("liver"), open("liver"), report("liver")], { side: 0 })];
  for (const name of baselineNames) {
    const found = atOnce(baselines[name].guess(training, training));
    if ("leftOut" in found) throw new Error(`${name}: ${found.leftOut}`);
    expect([name, found.says.length > 20]).toEqual([name, true]);
    const asked = training[0]?.items.filter(({ id }) => found.guesses.has(id)).map(({ task }) => task);
    expect(asked).toEqual(name === "majority" ? ["closed-vqa", "open-vqa"] : ["report"]);
  }
});
