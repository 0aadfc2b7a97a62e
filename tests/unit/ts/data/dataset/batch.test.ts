import type { MirroredCase } from "../../../../../ts/data/dataset/augment/mirror-case.ts";
import { batchAt } from "../../../../../ts/data/dataset/batch.ts";
import { openDataset } from "../../../../../ts/data/dataset/open.ts";
import { casesOf } from "../../../../../ts/data/dataset/split.ts";
import { caught } from "../../../../support/caught.ts";
import { datasetRows, writeDataset } from "../../../../support/dataset-folder.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const folder = temporaryFolder();

describe("batchAt", () => {
  async function rule() {
    writeDataset(folder, datasetRows());
    const dataset = await openDataset(folder);
    const cases = casesOf(dataset, "train");
    const cached = new Map(
      cases.map(({ row }, index) => [
        row.case,
        {
          volumeId: `v${index}`,
          tensor: { kind: "uploaded" as const, uploadId: "u" },
          row: index,
          hasPatchLabels: false,
          hasCaption: false,
          words: [],
        },
      ]),
    );
    return {
      order: { seed: 1, corpusFingerprint: dataset.fingerprint, stage: "shared" },
      cases,
      cached,
      facts: ["phase", "side"],
      words: [],
      volumesPerStep: 4,
      reportTokenWeight: 0.3,
      tasks: ["report", "closed-vqa", "open-vqa"] as const,
      route: (item: { task: "report" | "closed-vqa" | "open-vqa" }) => item.task,
      withItems: true,
    };
  }

  it("groups items by task, weighs report tokens, and states -1 for a fact the case does not have", async () => {
    const batch = batchAt(await rule(), 0, 0, 1);
    expect(batch.items.map((item) => item.task)).toEqual([
      ...Array(4).fill("report"),
      ...Array(4).fill("closed-vqa"),
      ...Array(4).fill("open-vqa"),
    ]);
    expect(
      new Set(batch.items.filter((item) => item.task === "report").map((item) => item.lossWeight)),
    ).toEqual(new Set([0.3]));
    expect(batch.volumes.every((volume) => volume.facts.side === -1 && (volume.facts.phase ?? -1) >= 0)).toBe(
      true,
    );
    expect(batch.items.find((item) => item.task === "closed-vqa")?.prompt).toBe(
      "Which phase? Choices: A. a B. b C. c D. d",
    );
  });

  it("splits the same global batch over ranks", async () => {
    const whole = batchAt(await rule(), 2, 0, 1);
    const parts = await Promise.all([0, 1].map(async (rank) => batchAt(await rule(), 2, rank, 2)));
    expect(parts.flatMap((part) => part.volumes).sort((a, b) => a.slot - b.slot)).toEqual(whole.volumes);
    expect(parts.flatMap((part) => part.items.map((item) => item.itemId)).sort()).toEqual(
      whole.items.map((item) => item.itemId).sort(),
    );
    expect(parts.every((part) => part.globalVolumeCount === 4)).toBe(true);
  });

  it("draws as many items a volume as asked, the same ones each time", async () => {
    const two = { ...(await rule()), itemsPerVolume: 2 };
    const batch = batchAt(two, 1, 0, 1);
    expect(batch.items).toHaveLength(8);
    expect(batchAt(two, 1, 0, 1)).toEqual(batch);
  });

  it("carries no items where language is not trained", async () => {
    const { items, volumes } = batchAt({ ...(await rule()), withItems: false }, 0, 0, 1);
    expect([items.length, volumes.length]).toEqual([0, 4]);
  });

  it("says which words a case's report has, where the stage reads words", async () => {
    const whole = await rule();
    expect(batchAt(whole, 0, 0, 1).volumes.map(({ hasCaption }) => hasCaption)).toEqual(Array(4).fill(false));
    const words = ["absent", "normal"];
    const said = batchAt({ ...whole, words }, 0, 0, 1).volumes;
    expect(said.map((volume) => [volume.hasCaption, volume.words])).toEqual(Array(4).fill([true, [1]]));
  });

  it("puts items of tasks that the rule does not list behind the others", async () => {
    const tasks = ["open-vqa"] as const;
    const { items } = batchAt({ ...(await rule()), tasks }, 0, 0, 1);
    expect(new Set(items.slice(0, 4).map((item) => item.task))).toEqual(new Set(tasks));
    expect(items).toHaveLength(12);
  });

  it("sees every case once an epoch, whatever the step the epoch ends in", async () => {
    const whole = await rule();
    for (const volumesPerStep of [1, 3, 4]) {
      const steps = (4 * 3) / volumesPerStep;
      const seen = Array.from({ length: steps }, (_, step) =>
        batchAt({ ...whole, volumesPerStep }, step, 0, 1).volumes.map((volume) => volume.volumeId),
      ).flat();
      for (const epoch of [0, 1, 2])
        expect(seen.slice(4 * epoch, 4 * epoch + 4).sort()).toEqual(["v0", "v1", "v2", "v3"]);
    }
  });

  it("says that a case without cached voxels is a bug of Tomoe", async () => {
    const error = await caught(async () => batchAt({ ...(await rule()), cached: new Map() }, 0, 0, 1));
    expect([error.code, error.details]).toEqual(["INTERNAL", { case: expect.stringMatching(/^c\d$/) }]);
    expect(error.message).toContain("a case has no cached volume in a stage");
    expect(error.hint).toMatch(/^This is a bug of Tomoe/);
  });

  it("changes volumes by the order's key, the same ones for any number of ranks, and another epoch otherwise", async () => {
    const augment = { flip: 0, rotateDegrees: 5, gain: 0.1, shiftHu: 20 };
    const changing = { ...(await rule()), augment };
    const changesAt = (step: number, ranks: number) =>
      Array.from({ length: ranks }, (_, rank) => batchAt(changing, step, rank, ranks))
        .flatMap(({ volumes }) => volumes)
        .sort((a, b) => a.slot - b.slot)
        .map(({ volumeId, change }) => ({ volumeId, change }));
    const first = changesAt(0, 1);
    expect(changesAt(0, 2)).toEqual(first);
    expect(changesAt(0, 4)).toEqual(first);
    expect(new Set(first.map(({ change }) => change.turnedDegrees)).size).toBe(4);
    // The same volumes, an epoch later.
    const of = ({ volumeId }: { readonly volumeId: string }) => volumeId;
    const epochs = Array.from({ length: 8 }, (_, step) => changesAt(step, 1)).flat();
    const again = epochs.slice(4).find((one) => of(one) === first.map(of)[0]);
    expect(again?.change).not.toEqual(first[0]?.change);
    for (const { change } of batchAt(await rule(), 0, 0, 1).volumes)
      expect(change).toEqual({ mirrored: false, turnedDegrees: 0, gain: 1, shiftHu: 0 });
  });

  it("mirrors those that have a mirror image, with all that is said of it, and leaves the others", async () => {
    const plain = await rule();
    const [some, ...rest] = plain.cases;
    if (some === undefined) throw new Error("no case");
    const mirrored = {
      ...some,
      row: { ...some.row, facts: { phase: 0 } },
      items: some.items.map((item) => ({ ...item, target: `mirrored ${item.target}` })),
    };
    const mirrors = new Map<string, MirroredCase>([
      [some.row.case, { entry: mirrored }],
      ...rest.slice(1).map(({ row }) => [row.case, { why: "no", item: null }] as const),
    ]);
    const augment = { flip: 1, rotateDegrees: 0, gain: 0, shiftHu: 0 };
    const { volumes, items } = batchAt(
      { ...plain, augment, mirrors, volumesPerStep: plain.cases.length },
      0,
      0,
      1,
    );
    const at = volumes.findIndex(({ change }) => change.mirrored);
    expect(volumes.filter(({ change }) => change.mirrored)).toHaveLength(1);
    expect(volumes[at]).toMatchObject({
      volumeId: plain.cached.get(some.row.case)?.volumeId,
      facts: { phase: 0 },
    });
    for (const item of items) expect(item.target.startsWith("mirrored ")).toBe(item.volumeIndex === at);
  });
});
