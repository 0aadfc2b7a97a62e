import fc from "fast-check";
import { type MirroredCase, unchanged } from "../../../../../ts/data/dataset/index.ts";
import { stageBatches } from "../../../../../ts/run/train/batches.ts";
import type { Batch } from "../../../../../ts/schema/batch.ts";
import type { RouterPolicy } from "../../../../../ts/schema/router.ts";
import { caught } from "../../../../support/caught.ts";
import { corpusOf, plainPolicy, resolvedWith, stageOf } from "../fixtures.ts";

const corpus = corpusOf();

function batchesOf(options: {
  readonly stage: string;
  readonly ranks: number;
  readonly set?: readonly string[];
}) {
  const resolved = resolvedWith(...(options.set ?? []));
  const policy = plainPolicy();
  const { stage } = stageOf(resolved, options.stage);
  return {
    policy,
    stage,
    batches: stageBatches({ job: { resolved, corpus, policy }, stage, ranks: options.ranks }),
  };
}

/** The global batch, in the order of its slots: what must not depend on the number of ranks. */
function globalBatch(shares: readonly Batch[]) {
  return {
    volumes: shares
      .flatMap(({ volumes }) => volumes.map(({ slot, volumeId, row }) => ({ slot, volumeId, row })))
      .sort((a, b) => a.slot - b.slot),
    items: shares
      .flatMap(({ items, volumes }) =>
        items.map(({ volumeIndex, ...item }) => ({ ...item, slot: volumes[volumeIndex]?.slot ?? -1 })),
      )
      .sort((a, b) => a.slot - b.slot || (a.itemId < b.itemId ? -1 : 1)),
  };
}

describe("stageBatches", () => {
  it("gives the same global batch for every number of ranks that divides it", () => {
    fc.assert(
      fc.property(fc.nat({ max: 40 }), fc.constantFrom("flat", "shared", "specific"), (step, name) => {
        const [one, two, four] = [1, 2, 4].map((ranks) => {
          const { batches } = batchesOf({
            stage: name,
            ranks,
            set: ["model.base.pretrain.flat.volumesPerStep=4"],
          });
          return globalBatch(Array.from({ length: ranks }, (_, rank) => batches.at(step, rank)));
        });
        expect(two).toEqual(one);
        expect(four).toEqual(one);
      }),
      { numRuns: 30, seed: 20261128 },
    );
  });

  it("is a pure function of step and rank, and says of each how many volumes all ranks have", () => {
    const { batches } = batchesOf({ stage: "shared", ranks: 2 });
    for (const step of [0, 1, 5]) {
      const [first, second] = [batches.at(step, 0), batches.at(step, 1)];
      expect(batches.at(step, 0)).toEqual(first);
      expect([first.step, first.globalVolumeCount, first.volumes.length]).toEqual([step, 4, 2]);
      expect(first.volumes.map(({ slot }) => slot)).toEqual([0, 2]);
      expect(second.volumes.map(({ slot }) => slot)).toEqual([1, 3]);
    }
  });

  it("routes an item once, however often a stage sees it", () => {
    const { policy, batches } = batchesOf({ stage: "shared", ranks: 1 });
    for (let step = 0; step < 20; step += 1) batches.at(step, 0);
    batches.confusion();
    // Three questions on each of five cases.
    const words = ["Which organ?", "Which plane is shown?", "Write a report."];
    expect([...policy.asked].sort()).toEqual(words.flatMap((text) => Array.from({ length: 5 }, () => text)));
    const tasks = new Set(batches.at(0, 0).items.map(({ task }) => task));
    expect([...tasks]).toEqual(["report", "closed-vqa", "open-vqa"]);
  });

  it("gives the task that the policy says, not the one the data set states", () => {
    const { batches } = batchesOf({ stage: "shared", ranks: 1 });
    const odd = {
      ...corpus.volumes,
      cases: corpus.volumes.cases.map(({ row, items }) => ({
        row,
        items: items.map((item) => ({ ...item, task: "report" as const })),
      })),
    };
    const resolved = resolvedWith();
    const { stage } = stageOf(resolved, "shared");
    const misnamed = stageBatches({
      job: { resolved, corpus: { ...corpus, volumes: odd }, policy: plainPolicy() },
      stage,
      ranks: 1,
    });
    expect(misnamed.at(3, 0).items.map(({ task }) => task)).toEqual(
      batches.at(3, 0).items.map(({ task }) => task),
    );
  });

  it("tells the policy of every item its id, its label and that it is trained on", () => {
    const resolved = resolvedWith();
    const { stage } = stageOf(resolved, "shared");
    const told: unknown[] = [];
    const policy: RouterPolicy = {
      ...plainPolicy(),
      route: ({ item }) => {
        told.push(item);
        return { task: item?.task ?? "report", confidence: 1, fallback: false };
      },
    };
    const { confusion } = stageBatches({ job: { resolved, corpus, policy }, stage, ranks: 1 });
    expect(confusion()).toEqual({
      report: { report: 5 },
      "closed-vqa": { "closed-vqa": 5 },
      "open-vqa": { "open-vqa": 5 },
    });
    expect(told).toContainEqual({ id: "words-train-0-c", task: "closed-vqa", use: "train" });
    expect(told).toHaveLength(15);
  });

  it("counts where the items of the stage go, label by label, and none where no language is trained", () => {
    const resolved = resolvedWith();
    const { stage } = stageOf(resolved, "shared");
    const policy = {
      ...plainPolicy(),
      route: () => ({ task: "open-vqa", confidence: 0.5, fallback: true }) as const,
    };
    const { confusion } = stageBatches({ job: { resolved, corpus, policy }, stage, ranks: 1 });
    expect(confusion()).toEqual({
      report: { "open-vqa": 5 },
      "closed-vqa": { "open-vqa": 5 },
      "open-vqa": { "open-vqa": 5 },
    });
    const facts = ['model.base.pretrain.flat.objectives={"facts":1}'];
    expect(batchesOf({ stage: "flat", ranks: 1, set: facts }).batches.confusion()).toEqual({});
  });

  it("names the volumes of the global batch rank by rank", () => {
    const one = batchesOf({ stage: "shared", ranks: 1 }).batches.volumesOf(2),
      two = batchesOf({ stage: "shared", ranks: 2 }).batches.volumesOf(2);
    expect(one).toHaveLength(4);
    expect([two[0], two[2], two[1], two[3]]).toEqual(one);
  });

  it("takes slices before the lift and volumes after it", () => {
    const ids = (stage: string): readonly string[] => batchesOf({ stage, ranks: 1 }).batches.volumesOf(0);
    expect(ids("flat").every((id) => id.startsWith("id of slices-train-"))).toBe(true);
    expect(ids("shared").every((id) => id.startsWith("id of words-train-"))).toBe(true);
  });

  it("carries no items where no language is trained, and as many a volume as the stage says", () => {
    const set = ["stages.shared.itemsPerVolume=2"];
    const counts = batchesOf({ stage: "shared", ranks: 1, set }).batches.at(0, 0);
    expect(counts.items).toHaveLength(4 * 2);
    const facts = ['model.base.pretrain.flat.objectives={"facts":1}'];
    expect(batchesOf({ stage: "flat", ranks: 1, set: facts }).batches.at(0, 0).items).toEqual([]);
  });

  it("states every fact that the model has a head for, -1 where the data says nothing", () => {
    const resolved = resolvedWith();
    const facts = [...corpus.facts, { name: "unknown", classes: 3 }];
    const { stage } = stageOf(resolved, "shared");
    const batches = stageBatches({
      job: { resolved, corpus: { ...corpus, facts }, policy: plainPolicy() },
      stage,
      ranks: 1,
    });
    for (const { facts: stated } of batches.at(0, 0).volumes)
      expect(stated).toEqual({ side: expect.any(Number) as number, unknown: -1 });
  });

  it("takes a stage on slices without slices for a bug of ours", async () => {
    const resolved = resolvedWith();
    const { stage } = stageOf(resolved, "flat");
    const job = { resolved, corpus: { ...corpus, slices: null }, policy: plainPolicy() };
    const failure = await caught(() => stageBatches({ job, stage, ranks: 1 }));
    expect([failure.code, failure.what]).toEqual(["INTERNAL", 'stage "flat" has no slices to train on']);
  });

  it("takes a case that was not cached for a bug of ours, when its batch is made", async () => {
    const resolved = resolvedWith();
    const { stage } = stageOf(resolved, "shared");
    const job = { resolved, corpus: { ...corpus, cached: new Map() }, policy: plainPolicy() };
    const failure = await caught(() => stageBatches({ job, stage, ranks: 1 }).at(0, 0));
    expect(failure.code).toBe("INTERNAL");
    expect(failure.what).toBe("a case has no cached volume in a stage");
    expect(failure.details.case).toMatch(/^words-train-\d$/);
  });

  it("changes volumes as the stage says, and mirrors those that the material has a mirror image of", () => {
    const resolved = resolvedWith("stages.shared.augment.flip=1", "stages.shared.augment.shiftHu=30");
    const [first, ...others] = corpus.volumes.cases.filter(({ row }) => row.split === "train");
    if (first === undefined) throw new Error("no case");
    const items = first.items.map((item) => ({ ...item, target: `mirrored ${item.target}` }));
    const mirrors = new Map<string, MirroredCase>([
      [first.row.case, { entry: { ...first, items } }],
      ...others.map(({ row }) => [row.case, { why: "nobody can tell", item: null }] as const),
    ]);
    const changes = (name: string) => {
      const { stage } = stageOf(resolved, name);
      const job = { resolved, corpus: { ...corpus, mirrors }, policy: plainPolicy() };
      const batches = stageBatches({ job, stage, ranks: 1 });
      return [0, 1, 2, 3].flatMap((step) => batches.at(step, 0).volumes);
    };
    const shared = changes("shared");
    for (const { volumeId, change } of shared) {
      expect(change.mirrored).toBe(volumeId === `id of ${first.row.case}`);
      expect(Math.abs(change.shiftHu)).toBeGreaterThan(0);
    }
    expect(new Set(shared.map(({ change }) => change.shiftHu)).size).toBe(shared.length);
    // A stage that says nothing of it sees volumes as they are.
    for (const { change } of changes("specific")) expect(change).toEqual(unchanged);
  });
});
