import { hashes, Seen } from "../../../../../../ts/data/dataset/spool/seen.ts";

describe("Seen", () => {
  it("keeps a number for each of twenty thousand texts that differ little, as a Map does", () => {
    const seen = new Seen(),
      map = new Map<string, number>();
    for (let index = 0; index < 20_000; index++) {
      const text = `train_${index % 15_000}_a_${index % 3}.nii.gz`;
      seen.set(text, index);
      map.set(text, index);
    }
    expect(seen.size).toBe(map.size);
    let different = 0;
    for (const [text, value] of map) if (seen.get(text) !== value) different++;
    expect(different).toBe(0);
    expect(seen.get("train_1_b_1.nii.gz")).toBeUndefined();
    expect(seen.get("")).toBeUndefined();
  });

  it("holds the largest number and the empty text", () => {
    const seen = new Seen();
    seen.set("", 2 ** 32 - 1);
    expect([seen.get(""), seen.size]).toEqual([2 ** 32 - 1, 1]);
  });
});

describe("hashes", () => {
  it("spread over all slots: no hash of ten thousand names meets another, and each bit is set in half", () => {
    const found = Array.from({ length: 10_000 }, (_, index) => hashes(`amos_${index}`));
    expect(new Set(found.map(([first, second]) => `${first}/${second}`)).size).toBe(10_000);
    for (const half of [0, 1] as const)
      for (let bit = 0; bit < 32; bit++) {
        const set = found.filter((pair) => ((pair[half] >>> bit) & 1) === 1).length;
        // Six standard deviations of a fair coin: 6 * sqrt(10,000) / 2 = 300.
        expect(Math.abs(set - 5000)).toBeLessThan(300);
      }
  });
});
