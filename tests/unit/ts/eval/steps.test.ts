import { atOnce, type Steps } from "../../../../ts/eval/index.ts";
import { Pace } from "../../../../ts/eval/steps.ts";

function* counting(until: number): Steps<number> {
  let sum = 0;
  for (let at = 0; at < until; at += 1) {
    yield;
    sum += at;
  }
  return sum;
}

describe("work in steps, done at once", () => {
  it("comes to its result, steps within steps too", () => {
    function* twice(): Steps<number> {
      return (yield* counting(10)) + (yield* counting(100));
    }
    expect(atOnce(counting(100))).toBe(4950);
    expect(atOnce(twice())).toBe(45 + 4950);
    expect(atOnce(counting(0))).toBe(0);
  });

  it("throws what it throws", () => {
    function* failing(): Steps<number> {
      yield;
      throw new Error("broken");
    }
    expect(() => atOnce(failing())).toThrow("broken");
  });
});

describe("the pace of work", () => {
  const due = (sizes: readonly number[]): readonly boolean[] => {
    const pace = new Pace();
    return sizes.map((size) => pace.isDue(size));
  };

  it("pauses first, and then once enough is done", () => {
    expect(due([10, 10, 10])).toEqual([true, false, false]);
    const found = due(Array.from({ length: 1000 }, () => 0));
    expect(found.filter((one) => one)).toHaveLength(4);
    expect(found.indexOf(true, 1)).toBe(256);
  });

  it("pauses after each long text, and counts both texts of a row", () => {
    expect(due([2 ** 20, 5, 2 ** 20, 5])).toEqual([true, true, false, true]);
    const pace = new Pace();
    const long = { prediction: "a".repeat(40_000), target: "b".repeat(40_000) };
    expect([pace.isDueFor(long), pace.isDueFor(long), pace.isDue(0)]).toEqual([true, true, true]);
  });
});
