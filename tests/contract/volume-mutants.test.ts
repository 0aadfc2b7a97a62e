// Ten thousand damaged scans and codestreams over all formats: read right, or refused by name, in little memory.
import { join } from "node:path";
import { runCodecCampaign } from "../support/codec-campaign.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { examples, volumeMutant } from "../support/volume-mutants.ts";
import { askOracles, runCampaign } from "../support/volume-verdicts.ts";

const root = temporaryFolder();
const mutants = 6500;
const codestreamMutants = 3500;
const minutes = 60_000;

describe("a damaged codestream", () => {
  it("of any codec is decoded to the frame that its header promises, or refused, in time", async () => {
    const { decoded, refused, ended, faults } = await runCodecCampaign(0, codestreamMutants);
    expect(faults).toEqual([]);
    expect(ended).toBe(0);
    expect(decoded + refused).toBe(codestreamMutants);
    expect(mutants + codestreamMutants).toBe(10_000);
    // Neither all refused nor all decoded, or the damage would show nothing.
    expect(decoded).toBeGreaterThan(codestreamMutants / 20);
    expect(refused).toBeGreaterThan(codestreamMutants / 2);
  });
});

describe("a damaged scan", () => {
  it("is made again by its number alone, and differs from the good one", () => {
    for (const number of [0, 1, 17, 4711]) {
      expect(volumeMutant(number).equals(volumeMutant(number))).toBe(true);
      expect(volumeMutant(number).equals(volumeMutant(number + examples.length))).toBe(false);
    }
    const unchanged = examples.filter(({ bytes }, at) => bytes.equals(volumeMutant(at + 1200)));
    expect(unchanged.length).toBeLessThan(3);
  });

  it("is read as its oracle reads it or refused with a typed error, and costs no more than it declares", async () => {
    const { codes, faults, kept, memoryGrowth } = await runCampaign(
      { out: join(root, "all"), from: 0, to: mutants, keepEvery: 4 },
      9 * minutes,
    );
    expect(faults).toEqual([]);
    expect(Object.values(codes).reduce((sum, count) => sum + count, 0)).toBe(mutants);
    // Neither all refused nor all read, and for many reasons, or the damage would show nothing.
    expect(codes.read).toBeGreaterThan(mutants / 10);
    expect(codes.read).toBeLessThan(mutants / 2);
    expect(Object.keys(codes).length).toBeGreaterThan(8);
    // What the examples declare is a few hundred bytes, so the constant part of the limit is all of it.
    expect(memoryGrowth).toBeLessThan(64 * 2 ** 20);
    const { equal, named, differing } = await askOracles(kept, 9 * minutes);
    expect(differing).toEqual([]);
    expect(equal).toBeGreaterThan(0.9 * kept.length);
    expect(equal + named).toBe(kept.length);
  });
});
