import { factClasses } from "../../../../../../ts/data/phantom/truth/facts.ts";
import {
  lesionStructure,
  maskOf,
  patchClasses,
  patchClassIndex,
  structureId,
  structures,
} from "../../../../../../ts/data/phantom/truth/structures.ts";

describe("structures", () => {
  it("have ids that fit a 32-bit mask without its sign bit", () => {
    expect(structures.length).toBeLessThan(31);
    expect(structures.map(structureId)).toEqual(structures.map((_, id) => id));
  });

  it("map to patch classes, with both sides in one class and none left out", () => {
    const classOf = (name: (typeof structures)[number]): string | undefined =>
      patchClasses[patchClassIndex(structureId(name))];
    expect([classOf("leftKidney"), classOf("rightKidney"), classOf("leftSpot"), classOf("air")]).toEqual([
      "kidney",
      "kidney",
      "nodule",
      "air",
    ]);
    expect(new Set(structures.map(classOf))).toEqual(new Set(patchClasses));
  });

  it("hold every lesion type under its own name", () => {
    for (const type of factClasses.lesionType) expect(structures).toContain(lesionStructure(type));
  });
});

describe("maskOf", () => {
  it("sets exactly the bits of its members", () => {
    expect(maskOf()).toBe(0);
    expect(maskOf("air", "soft")).toBe(0b101);
    for (const name of structures)
      expect((maskOf("liver", "bone") >>> structureId(name)) & 1).toBe(
        name === "liver" || name === "bone" ? 1 : 0,
      );
  });
});
