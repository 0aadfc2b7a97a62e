// Every mutant of the golden wire files, where the contract test takes each 29th: both decoders and pyarrow agree.
import { readdirSync } from "node:fs";
import { compareDecoders, isCode, wireFolder } from "../support/tensor-verdicts.ts";

const files = readdirSync(wireFolder).filter((name) => /\.arrows?$/.test(name));

describe("all mutants of the golden wire files", () => {
  it.each(files)(
    "of %s are refused or read alike in both languages, and none is read that pyarrow refuses",
    (name) => {
      const { ours, theirs, mutants, holes } = compareDecoders([name], 1).files.get(name) ?? {
        ours: [],
        theirs: undefined,
        mutants: [],
        holes: undefined,
      };
      expect(mutants.filter((_, index) => ours[index] !== theirs?.[index])).toEqual([]);
      expect(holes).toEqual([]);
      expect(ours.filter(isCode).length).toBeGreaterThan(15_000);
    },
  );
});
