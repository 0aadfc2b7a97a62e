import {
  createRandom,
  randomStreams,
  splitmix64,
  xoshiro128StarStar,
} from "../../../../../ts/data/phantom/random.ts";

const take = <Value>(count: number, draw: () => Value): Value[] => Array.from({ length: count }, draw);

describe("xoshiro128StarStar", () => {
  it("gives the outputs of the authors' C code for the state 1, 2, 3, 4", () => {
    // Vector of the rand_xoshiro crate, made with xoshiro128starstar.c version 1.1.
    const expected = [
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ];
    expect(take(10, xoshiro128StarStar([1, 2, 3, 4]))).toEqual(expected);
  });
});

describe("splitmix64", () => {
  it("gives the published outputs for the seed 1234567", () => {
    const values: bigint[] = [];
    let state = 1234567n;
    for (let n = 0; n < 5; n += 1) {
      const step = splitmix64(state);
      values.push(step.value);
      state = step.state;
    }
    expect(values).toEqual([
      6457827717110365317n,
      3203168211198807973n,
      9817491932198370423n,
      4593380528125082431n,
      16408922859458223821n,
    ]);
  });
});

describe("createRandom", () => {
  it("seeds xoshiro128** with two outputs of splitmix64, low words first", () => {
    const first = splitmix64((BigInt(randomStreams.noise) << 53n) | 99n);
    const second = splitmix64(first.state);
    const words = [
      first.value & 0xffffffffn,
      first.value >> 32n,
      second.value & 0xffffffffn,
      second.value >> 32n,
    ].map(Number);
    const reference = xoshiro128StarStar(words as [number, number, number, number]);
    const random = createRandom(99, "noise");
    expect(take(20, random.next)).toEqual(take(20, reference));
  });

  it("gives unlike streams for unlike names and for neighbouring seeds", () => {
    const heads = [createRandom(5, "facts"), createRandom(5, "noise"), createRandom(6, "facts")].map(
      (random) => take(8, random.next).join(),
    );
    expect(new Set(heads).size).toBe(3);
  });

  it("draws below a count uniformly, within five standard errors", () => {
    const random = createRandom(1, "facts");
    const counts = new Array<number>(7).fill(0);
    for (let n = 0; n < 70_000; n += 1) {
      const value = random.below(7);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    // Standard error of a count: sqrt(70000 * 1/7 * 6/7) = 92.6.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(463);
  });

  it("draws uniform reals in [0, 1) with mean one half and reals between bounds inside them", () => {
    const random = createRandom(2, "facts");
    const reals = take(40_000, random.uniform);
    expect(Math.min(...reals.slice(0, 20_000))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...reals.slice(0, 20_000))).toBeLessThan(1);
    const mean = reals.reduce((sum, value) => sum + value, 0) / reals.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / reals.length));
    for (const value of take(1000, () => random.between(-3, 4))) {
      expect(value).toBeGreaterThanOrEqual(-3);
      expect(value).toBeLessThan(4);
    }
  });

  it("shuffles a copy into every order equally often, within five standard errors", () => {
    const random = createRandom(3, "facts");
    const source = ["a", "b", "c"];
    const counts = new Map<string, number>();
    for (let n = 0; n < 12_000; n += 1) {
      const order = random.shuffle(source).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(source).toEqual(["a", "b", "c"]);
    expect([...counts.keys()].sort()).toEqual(["abc", "acb", "bac", "bca", "cab", "cba"]);
    for (const count of counts.values())
      expect(Math.abs(count - 2000)).toBeLessThan(5 * Math.sqrt((12_000 / 6) * (5 / 6)));
  });

  it("meets a chance as often as it says, within five standard errors", () => {
    const random = createRandom(4, "facts");
    const hits = take(20_000, () => random.chance(0.3)).filter(Boolean).length;
    expect(Math.abs(hits - 6000)).toBeLessThan(5 * Math.sqrt(20_000 * 0.21));
  });
});
