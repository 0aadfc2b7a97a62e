import { declaredQuantity, projection } from "../../../../../../../ts/data/volume/dicom/compare/declared.ts";

const plain = ["ORIGINAL", "PRIMARY", "AXIAL"];

describe("declaredQuantity", () => {
  it.each(["HU", "US", " hu ", "HU*", "Hounsfield", undefined])("of RescaleType %j is none", (type) => {
    expect(declaredQuantity(type, plain, undefined)).toEqual({ quantity: undefined, odd: false });
  });

  it.each([
    ["MGML", "MGML"],
    ["mg/ml*", "MGML"],
    ["Z_EFF", "Z_EFF"],
    ["Z", "Z_EFF"],
    ["EDW", "EDW"],
    ["%EDW", "EDW"],
    ["ED", "electron density"],
    ["PCT", "percentage"],
    ["%", "percentage"],
    ["HU_MOD", "modified Hounsfield"],
    ["OD", "optical density"],
    ["BQML", "activity"],
    ["1/CM", "attenuation"],
  ])("of RescaleType %j is named", (type, named) => {
    expect(declaredQuantity(type, plain, undefined).quantity).toContain(named);
  });

  it("of a RescaleType that nobody knows is odd, and no word of it is repeated", () => {
    expect(declaredQuantity("CANARY^NAME", plain, undefined)).toEqual({ quantity: undefined, odd: true });
  });

  it.each(["RCBF", "RCBV", "MTT", "TTP", "tmax", "T_TEST", "Z_SCORE", "STD_DEVIATION", "DIVISION"])(
    "is told by the derived contrast %s where no RescaleType is stated, and by a warning where one is",
    (word) => {
      const type = ["DERIVED", "PRIMARY", "PERFUSION", word];
      expect(declaredQuantity(undefined, type, undefined).quantity).toContain(
        `(ImageType ${word.toUpperCase()})`,
      );
      for (const stated of ["US", "HU"])
        expect(declaredQuantity(stated, type, undefined)).toEqual({ quantity: undefined, odd: false });
      expect(projection(type)).toMatch(/map of perfusion|statistic|division/);
    },
  );

  it("is told by ImageType from value 3 on, and by Units", () => {
    expect(declaredQuantity("HU", [...plain, "ELECTRON_DENSITY"], undefined).quantity).toContain(
      "ELECTRON_DENSITY",
    );
    expect(declaredQuantity("HU", ["MAT_SPECIFIC", "PRIMARY"], undefined).quantity).toBeUndefined();
    expect(declaredQuantity("HU", [...plain, "VMI"], undefined).quantity).toBeUndefined();
    expect(declaredQuantity("HU", plain, "BQML").quantity).toContain("Units");
    expect(declaredQuantity("HU", plain, "HU").quantity).toBeUndefined();
  });
});

describe("projection", () => {
  it.each([
    ["MIP", "MIP (maximum"],
    ["MinIP", "MinIP"],
    ["AVERAGE", "average"],
    ["VOLREN", "rendering"],
    ["CPR", "curved"],
  ])("of %s is named", (flavour, name) => {
    expect(projection([...plain, flavour])).toContain(name);
  });

  it("of a plain slice is none", () => {
    expect(projection(plain)).toBeUndefined();
    expect(projection(["MIP", "PRIMARY"])).toBeUndefined();
  });
});
