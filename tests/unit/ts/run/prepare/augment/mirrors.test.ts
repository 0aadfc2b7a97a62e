import type { DatasetCase } from "../../../../../../ts/data/dataset/index.ts";
import { augmentation, mirrorLine, mirrorsOf } from "../../../../../../ts/run/prepare/augment/mirrors.ts";
import type { Receipt } from "../../../../../../ts/schema/volume.ts";
import { datasetOf, resolvedWith } from "../../fixtures.ts";

const flipping = resolvedWith("stages.shared.augment.flip=0.5", "stages.shared.augment.gain=0.1");
const volumes = datasetOf({ train: 3, test: 1 });

const receipt = (view: string): { receipt(): Promise<Receipt> } => ({
  receipt: async () =>
    await Promise.resolve({ steps: [{ step: "window" }, { step: "turn", view }] } as unknown as Receipt),
});

/** The training cases with a report of one changed. */
function withReport(target: string): typeof volumes {
  const cases = volumes.cases.map(
    (entry, at): DatasetCase =>
      at === 1
        ? {
            ...entry,
            items: entry.items.map((item) => (item.task === "report" ? { ...item, target } : item)),
          }
        : entry,
  );
  return { ...volumes, cases };
}

const cached = new Map(
  volumes.cases.map(({ row }, at) => [row.case, receipt(at === 2 ? "sagittal" : "axial")]),
);

describe("mirror images of the training cases", () => {
  it("are made where a stage asks for them, of training cases alone", async () => {
    expect(await mirrorsOf(resolvedWith(), volumes, cached)).toBeNull();
    const mirrors = await mirrorsOf(flipping, withReport("A cyst of the left kidney."), cached);
    expect([...(mirrors?.keys() ?? [])]).toEqual(["words-train-0", "words-train-1", "words-train-2"]);
    const second = mirrors?.get("words-train-1");
    if (second === undefined || "why" in second) throw new Error("no mirror image");
    expect(second.entry.items[0]?.target).toBe("A cyst of the right kidney.");
    // Facts are exchanged by the names of their classes.
    expect([volumes.cases[1]?.row.facts, second.entry.row.facts]).toEqual([{ side: 1 }, { side: 0 }]);
  });

  it("are recorded with why a case has none, beside what each stage may change", async () => {
    const mirrors = await mirrorsOf(flipping, withReport("The lingula is clear."), cached);
    expect(augmentation(flipping, mirrors)).toEqual({
      format: "tomoe.augmented/1",
      rule: "tomoe.augment/1",
      stages: [{ stage: "shared", augment: { flip: 0.5, rotateDegrees: 0, gain: 0.1, shiftHu: 0 } }],
      mirrors: {
        cases: 3,
        mirrored: 1,
        never: [
          {
            case: "words-train-1",
            item: "words-train-1-r",
            why: '"The lingula is" has no sure mirror image',
          },
          {
            case: "words-train-2",
            item: null,
            why: "left and right do not lie within its slices (sagittal)",
          },
        ],
      },
    });
  });

  it("are told in one line", async () => {
    const line = async (target: string): Promise<string> =>
      mirrorLine((await mirrorsOf(flipping, withReport(target), cached)) ?? new Map());
    expect(await line("Clear.")).toBe(
      '2 of 3 training cases may be mirrored; of the others augmented.json says why (case "words-train-2": left and right do not lie within its slices (sagittal))',
    );
    expect(await line("Nothing is left.")).toContain("1 of 3 training cases may be mirrored; of the others");
    expect(mirrorLine(new Map())).toBe("0 of 0 training cases may be mirrored");
  });

  it("are none of pictures, and a run that changes nothing records nothing", async () => {
    const data = {
      kind: "layout",
      layout: "m3d-cap",
      path: "/data",
      sizeDHW: [16, 24, 24],
      windowHu: { low: -1000, high: 1000 },
    };
    const pictures = resolvedWith(
      `data=${JSON.stringify(data)}`,
      "model.base.pretrain=[]",
      "stages.shared.augment.flip=1",
    );
    const mirrors = await mirrorsOf(pictures, volumes, cached);
    expect(mirrors?.get("words-train-0")).toEqual({
      why: "a picture does not say which side is left",
      item: null,
    });
    expect(augmentation(resolvedWith(), null)).toBeNull();
    const shifting = resolvedWith("stages.shared.augment.shiftHu=9");
    expect(augmentation(shifting, null)).toMatchObject({ mirrors: null, stages: [{ stage: "shared" }] });
  });
});
