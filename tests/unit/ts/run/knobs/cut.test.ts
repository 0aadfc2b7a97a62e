import fc from "fast-check";
import { unchanged } from "../../../../../ts/data/dataset/index.ts";
import { cutShare, cutStep } from "../../../../../ts/run/knobs/cut.ts";
import type { Batch, BatchItem, BatchVolume } from "../../../../../ts/schema/batch.ts";
import { taskIds } from "../../../../../ts/schema/task.ts";

interface Told {
  readonly facts?: Readonly<Record<string, number>>;
  readonly tasks?: readonly BatchItem["task"][];
  readonly labels?: boolean;
  readonly caption?: boolean;
}

function volume(slot: number, { facts = {}, labels = false, caption = false }: Told): BatchVolume {
  return {
    volumeId: `v${slot}`,
    slot,
    tensor: { kind: "uploaded", uploadId: "u" },
    row: slot,
    facts,
    hasPatchLabels: labels,
    hasCaption: caption,
    words: [],
    change: unchanged,
  };
}

function batch(told: readonly Told[]): Batch {
  const items = told.flatMap(({ tasks = [] }, volumeIndex) =>
    tasks.map((task, at) => ({
      itemId: `${volumeIndex}-${at}`,
      volumeIndex,
      prompt: "p",
      target: "t",
      task,
      lossWeight: 1,
    })),
  );
  return {
    step: 3,
    globalVolumeCount: told.length,
    volumes: told.map((one, slot) => volume(slot, one)),
    items,
  };
}

const slots = ({ volumes }: Batch): readonly number[] => volumes.map(({ slot }) => slot);

describe("cutShare", () => {
  it("keeps a few of volumes that are all alike", () => {
    const cut = cutShare(batch(Array.from({ length: 8 }, () => ({ tasks: ["report"] as const }))), true);
    expect(slots(cut)).toEqual([0, 1]);
    expect(cut).toMatchObject({ step: 3, globalVolumeCount: 2 });
  });

  it("keeps what has the tasks, and its items with their volume", () => {
    const cut = cutShare(
      batch([{}, { tasks: ["report"] }, {}, { tasks: ["closed-vqa", "closed-vqa"] }]),
      true,
    );
    expect(slots(cut)).toEqual([1, 3]);
    expect(cut.items.map(({ itemId, volumeIndex }) => [itemId, volumeIndex])).toEqual([
      ["1-0", 0],
      ["3-0", 1],
      ["3-1", 1],
    ]);
  });

  it("keeps what states a fact where facts are looked at, and only there", () => {
    const told = [{}, {}, { facts: { side: -1 } }, { facts: { side: 0 } }, { facts: { plane: 2, side: 1 } }];
    expect(slots(cutShare(batch(told), true))).toEqual([0, 4]);
    expect(slots(cutShare(batch(told), false))).toEqual([0, 1]);
  });

  it("keeps labels and captions", () => {
    expect(slots(cutShare(batch([{}, {}, { labels: true }, {}, { caption: true }]), false))).toEqual([2, 4]);
  });

  it("prefers one volume with much to several with little", () => {
    const cut = cutShare(
      batch([
        { tasks: ["report"] },
        { tasks: ["open-vqa"] },
        { tasks: ["report", "open-vqa", "closed-vqa"] },
      ]),
      true,
    );
    expect(slots(cut)).toEqual([0, 2]);
  });

  it("leaves a share of one or none as it is", () => {
    expect(slots(cutShare(batch([{}]), true))).toEqual([0]);
    expect(slots(cutShare(batch([]), true))).toEqual([]);
  });

  it("has every task, fact, label and caption that the share had", () => {
    const told = fc.record({
      facts: fc.dictionary(fc.constantFrom("a", "b", "c"), fc.integer({ min: -1, max: 2 })),
      tasks: fc.uniqueArray(fc.constantFrom(...taskIds)),
      labels: fc.boolean(),
      caption: fc.boolean(),
    });
    const traits = ({ volumes, items }: Batch): ReadonlySet<string> =>
      new Set([
        ...items.map(({ task }) => task),
        ...volumes.flatMap(({ facts, hasPatchLabels, hasCaption }) => [
          ...Object.keys(facts).filter((name) => (facts[name] ?? -1) >= 0),
          `labels ${hasPatchLabels}`,
          `caption ${hasCaption}`,
        ]),
      ]);
    fc.assert(
      fc.property(fc.array(told, { minLength: 1, maxLength: 12 }), (several) => {
        const whole = batch(several);
        const cut = cutShare(whole, true);
        const had = [...traits(whole)].filter((trait) => !/ false$/.test(trait));
        expect(had.filter((trait) => !traits(cut).has(trait))).toEqual([]);
        for (const { itemId, volumeIndex } of cut.items)
          expect(itemId.split("-")[0]).toBe(String(cut.volumes[volumeIndex]?.slot));
      }),
      { seed: 31 },
    );
  });
});

describe("cutStep", () => {
  it("counts the volumes of all ranks in each share", () => {
    const shares = [batch([{}, {}, { tasks: ["report"] }]), batch([{}])];
    expect(cutStep(shares, true).map((cut) => [slots(cut), cut.globalVolumeCount])).toEqual([
      [[0, 2], 3],
      [[0], 3],
    ]);
  });
});
