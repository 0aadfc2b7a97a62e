// All 48 storage orders of every way to write a scan; `npm test` takes each sixth of every way.
import { join } from "node:path";
import { expectOneVolume, storageCases } from "../support/reader-orders.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { volumeExamples } from "../support/volume-examples.ts";

const root = temporaryFolder();

describe("a body stored in any order of its axes", () => {
  it("is stored in 48 of them", () => {
    expect(new Set(storageCases.map((one) => JSON.stringify(one))).size).toBe(48);
  });

  it.each(Object.entries(volumeExamples))("is one volume of %s", async (name, example) => {
    await expectOneVolume(example, join(root, name), { every: 1, first: 0 });
  });
});
