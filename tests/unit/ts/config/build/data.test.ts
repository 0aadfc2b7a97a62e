import { ctFolder, phantomCt } from "../../../../../ts/config/build/data.ts";

const options = { sizeDHW: [32, 256, 256], windowHu: { low: -1000, high: 1000 } } as const;

describe("phantomCt", () => {
  it("writes down what was written, and no default", () => {
    const volumes = { train: 8, validation: 0, test: 4 } as const;
    expect(phantomCt({ volumes })).toEqual({ kind: "phantom", volumes });
    expect(phantomCt({ volumes, slices: 16 })).toEqual({ kind: "phantom", volumes, slices: 16 });
  });
});

describe("ctFolder", () => {
  it("is plain data: its split is no part of what is printed, hashed and sent", () => {
    const data = ctFolder("scans", options);
    expect(JSON.parse(JSON.stringify(data))).toEqual({ kind: "folder", path: "scans", ...options });
    expect(Object.keys(data)).not.toContain("split");
  });

  it("takes shares in place of the split column, as data of its own", () => {
    const shares = { train: 0.8, validation: 0.1, test: 0.1, by: "patient" } as const;
    const data = ctFolder("scans", { ...options, stack: "axial" });
    expect(data.split(shares)).toEqual({
      kind: "folder",
      path: "scans",
      ...options,
      stack: "axial",
      split: shares,
    });
    expect(JSON.stringify(data)).not.toContain("patient");
  });
});
