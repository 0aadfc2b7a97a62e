import { createHash } from "node:crypto";
import {
  belongingOf,
  comparable,
  keywordOf,
} from "../../../../../../../ts/data/volume/dicom/encoding/allowed.ts";

describe("comparable", () => {
  it("is equal for equal texts alone, and no digest that others could make", () => {
    expect(comparable("a")).toBe(comparable("a"));
    expect(comparable("a")).not.toBe(comparable("b"));
    for (const name of ["md5", "sha1", "sha256"])
      expect(comparable("a")).not.toBe(createHash(name).update("a").digest("hex"));
  });
});

describe("what a slice belongs to", () => {
  it("is told apart by elements that are kept nowhere else", () => {
    expect([...belongingOf.keys()].filter((tag) => keywordOf.has(tag))).toEqual([]);
    expect(belongingOf.get(0x00100020)).toBe("patient id");
    expect(new Set(belongingOf.values()).size).toBe(belongingOf.size);
  });
});
