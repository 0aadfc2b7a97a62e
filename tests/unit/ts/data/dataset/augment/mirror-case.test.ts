import { mirrorCase } from "../../../../../../ts/data/dataset/augment/mirror-case.ts";
import type { DatasetCase } from "../../../../../../ts/data/dataset/case.ts";
import { turnToModel } from "../../../../../../ts/data/prepare/views.ts";
import type { ItemRow } from "../../../../../../ts/schema/sample.ts";

const axial = { view: "axial", isPicture: false } as const;
const facts = {
  side: ["left", "right", "both"],
  organ: ["liver", "left kidney", "right kidney"],
  lobe: ["left", "lingula"],
};

const closed: ItemRow = {
  id: "q",
  case: "c",
  task: "closed-vqa",
  type: "location",
  question: "Is the cyst in the left or the right kidney?",
  choices: ["Left kidney", "Right kidney", "Both", "-"],
  target: "Left kidney",
};
const report: ItemRow = {
  id: "r",
  case: "c",
  task: "report",
  question: "Write a report.",
  target: "A bright cyst of the left kidney, left untreated. The right lung is clear.",
};

const of = (items: readonly ItemRow[], stated?: Readonly<Record<string, number>>): DatasetCase => ({
  row: {
    case: "c",
    subject: "p",
    path: "c.nii",
    split: "train",
    ...(stated === undefined ? {} : { facts: { ...stated } }),
  },
  items,
});

describe("the mirror image of a case", () => {
  it("exchanges left and right in question, choices, answer and report, and the answer stays one of the choices", () => {
    const image = mirrorCase(of([closed, report]), axial, facts);
    expect(image).toMatchObject({
      entry: {
        items: [
          {
            ...closed,
            question: "Is the cyst in the right or the left kidney?",
            choices: ["Right kidney", "Left kidney", "Both", "-"],
            target: "Right kidney",
          },
          { ...report, target: "A bright cyst of the right kidney, left untreated. The left lung is clear." },
        ],
      },
    });
    if (!("entry" in image)) throw new Error(image.why);
    expect(mirrorCase(image.entry, axial, facts)).toEqual({ entry: of([closed, report]) });
  });

  it("exchanges classes of facts that are sides", () => {
    const stated = (index: Readonly<Record<string, number>>) => mirrorCase(of([], index), axial, facts);
    expect(stated({ side: 0, organ: 2 })).toEqual({ entry: of([], { side: 1, organ: 1 }) });
    expect(stated({ side: 2, organ: -1 })).toEqual({ entry: of([], { side: 2, organ: -1 }) });
    expect(stated({ unknown: 3 })).toEqual({ entry: of([], { unknown: 3 }) });
  });

  it.each([
    [
      "a report of which nobody can tell",
      of([closed, { ...report, target: "The lingula is clear." }]),
      "r",
      "lingula",
    ],
    ["a choice", of([{ ...closed, choices: ["R", "L"], target: "R" }]), "q", '"R"'],
    ["a question", of([{ ...report, question: "What is left?" }]), "r", "left"],
    ["a fact without its counterpart", of([], { lobe: 0 }), null, 'fact "lobe" has no class "right"'],
    [
      "a fact of which nobody can tell",
      of([], { lobe: 1 }),
      null,
      'fact "lobe": "lingula" has no sure mirror image',
    ],
  ])("is none for %s, which is named", (_what, entry, item, why) => {
    const found = mirrorCase(entry, axial, facts);
    expect(found).toEqual({ item, why: expect.stringContaining(why) });
  });

  it.each([
    ["a picture, which states no side", { view: "axial", isPicture: true }, "a picture"],
    [
      "a stack from side to side, whose order would turn",
      { view: "sagittal", isPicture: false },
      "(sagittal)",
    ],
    ["a volume that does not say how it lies", { view: undefined, isPicture: false }, "no view is known"],
  ])("is none for %s", (_what, view, why) => {
    expect(mirrorCase(of([closed]), view, facts)).toEqual({ item: null, why: expect.stringContaining(why) });
  });

  it("is of a body mirrored from side to side, where its columns are reversed", () => {
    const [depth, height, width] = [2, 3, 4];
    const ras = Int16Array.from({ length: depth * height * width }, (_, at) => at);
    // W of RAS+ runs to the patient's right: reversed, left is right.
    const mirrored = ras.map((_, at) => ras[at - (at % width) + (width - 1 - (at % width))] ?? 0);
    const columns = (voxels: Int16Array, row: number): Int16Array =>
      voxels.map((_, at) => voxels[at - (at % row) + (row - 1 - (at % row))] ?? 0);
    for (const axis of [0, 1] as const) {
      const shown = (voxels: Int16Array): Int16Array => turnToModel(voxels, [depth, height, width], axis);
      expect(shown(mirrored)).toEqual(columns(shown(ras), width));
    }
  });
});
