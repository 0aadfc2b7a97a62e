import { atOnce, type Steps } from "../../../../ts/eval/index.ts";

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
