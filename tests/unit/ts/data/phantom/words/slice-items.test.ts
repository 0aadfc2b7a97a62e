import type { SliceSample } from "../../../../../../ts/data/phantom/draw/slices.ts";
import { sliceSample } from "../../../../../../ts/data/phantom/draw/slices.ts";
import { factClasses } from "../../../../../../ts/data/phantom/truth/facts.ts";
import { phantomSeed } from "../../../../../../ts/data/phantom/truth/seeds.ts";
import { parseItemId } from "../../../../../../ts/data/phantom/words/questions.ts";
import {
  sliceFacts,
  sliceFactTable,
  sliceItems,
} from "../../../../../../ts/data/phantom/words/slice-items.ts";
import { itemRowSchema } from "../../../../../../ts/schema/sample.ts";

const samples: readonly SliceSample[] = Array.from({ length: 1200 }, (_, index) =>
  sliceSample(phantomSeed(8, "slices", index), [48, 48]),
);
const items = samples.map((sample, index) => sliceItems(sample, `s${index}`, "train"));
const all = items.flat();

describe("sliceItems", () => {
  it("gives rows of the item schema with ids of their own that parse", () => {
    for (const item of all) {
      expect(itemRowSchema.parse(item)).toEqual(item);
      expect(parseItemId(item.id).wording).toBe("seen");
      if (item.choices !== undefined)
        expect(new Set(item.choices).has(item.target) && new Set(item.choices).size === 4).toBe(true);
    }
    expect(new Set(all.map((item) => item.id)).size).toBe(all.length);
  });

  it("gives a type to every question of some type, since a score by type wants it on all or none", () => {
    const questions = all.filter((item) => item.task !== "report");
    expect(new Set(questions.map(({ type }) => type))).toEqual(
      new Set(["plane", "phase", "organ", "abnormality", "location", "shape"]),
    );
  });

  it("gives every slice one caption of at most 35 words that names what is seen", () => {
    items.forEach((rows, index) => {
      const captions = rows.filter((item) => item.task === "report");
      expect(captions).toHaveLength(1);
      const caption = (captions[0]?.target ?? "").toLowerCase();
      expect(caption.split(" ").length).toBeLessThanOrEqual(35);
      const sample = samples[index] as SliceSample;
      if (sample.kind === "shape") {
        for (const word of [sample.truth.shape, sample.truth.shapeSide, sample.truth.shapeBrightness])
          expect(caption).toContain(word);
        return;
      }
      const { view } = sample;
      expect(caption.startsWith(view.truth.plane)).toBe(true);
      expect(caption.includes("phase")).toBe(view.phase !== null);
      expect(caption.includes(view.truth.lesionType)).toBe(view.lesionSeen);
      expect(caption.includes("missing")).toBe(view.missingOrgan !== null);
      expect(caption.includes("opacity")).toBe(view.opacitySide !== null);
    });
  });

  it("asks about shapes, their sides and, of anatomy, only what the slice shows", () => {
    items.forEach((rows, index) => {
      const sample = samples[index] as SliceSample;
      const kinds = rows.map((item) => parseItemId(item.id).kind).filter((kind) => kind !== "report");
      if (sample.kind === "shape") expect(kinds).toEqual(["shape", "shape-side"]);
      else {
        expect(kinds.includes("phase")).toBe(sample.view.phase !== null);
        expect(kinds.includes("lesion-type")).toBe(sample.view.lesionSeen);
        expect(kinds.includes("missing-organ")).toBe(sample.view.missingOrgan !== null);
        expect(kinds).not.toContain("granuloma-higher");
        expect(kinds).not.toContain("vessel-or-nodules");
      }
    });
  });

  it("makes the planes about equally common among the answers, within five standard errors", () => {
    const planes = all.filter((item) => parseItemId(item.id).kind === "plane");
    for (const plane of factClasses.plane) {
      const share = planes.filter((item) => item.target === plane).length / planes.length;
      expect(Math.abs(share - 0.25)).toBeLessThan(5 * Math.sqrt(0.1875 / planes.length));
    }
  });
});

describe("sliceFacts", () => {
  it("gives an index inside its classes, or -1, for exactly the facts of the table", () => {
    const table = sliceFactTable();
    for (const sample of samples) {
      const facts = sliceFacts(sample);
      expect(Object.keys(facts).sort()).toEqual(Object.keys(table).sort());
      for (const [name, index] of Object.entries(facts)) {
        expect(index).toBeGreaterThanOrEqual(-1);
        expect(index).toBeLessThan(table[name]?.length ?? 0);
      }
    }
  });

  it("has -1 for all anatomy of a shape and for the shape of all anatomy, and never a fact of order", () => {
    for (const sample of samples) {
      const facts = sliceFacts(sample);
      expect([facts.granulomaHigher, facts.vesselOrNodules]).toEqual([-1, -1]);
      if (sample.kind === "shape")
        expect([facts.plane, facts.phase, facts.lesionType, facts.spleen]).toEqual([-1, -1, -1, -1]);
      else expect([facts.shape, facts.shapeSide, facts.shapeBrightness]).toEqual([-1, -1, -1]);
      expect(facts.shape).toBe(
        sample.kind === "shape" ? ["disc", "square", "ring", "cross"].indexOf(sample.truth.shape) : -1,
      );
    }
  });

  it("says an organ is absent only where it is missing, and present only where it is not", () => {
    const absent = { spleen: 0, leftKidney: 0, rightKidney: 0 };
    for (const sample of samples) {
      if (sample.kind === "shape") continue;
      const facts = sliceFacts(sample);
      for (const [organ, name] of [
        ["spleen", "spleen"],
        ["leftKidney", "left kidney"],
        ["rightKidney", "right kidney"],
      ] as const) {
        if (facts[organ] === 1) expect(sample.view.truth.missingOrgan).not.toBe(name);
        if (facts[organ] === 0) {
          absent[organ] += 1;
          expect(sample.view.truth.missingOrgan).toBe(name);
        }
      }
    }
    for (const count of Object.values(absent)) expect(count).toBeGreaterThan(10);
  });
});
