import { withTurns } from "../../../../ts/cli/turns.ts";
import { atOnce, type Steps } from "../../../../ts/eval/index.ts";

function* counting(until: number, isBusy = false): Steps<number> {
  let sum = 0;
  for (let at = 0; at < until; at += 1) {
    yield;
    sum += at;
    const begun = performance.now();
    while (isBusy && performance.now() - begun < 5);
  }
  return sum;
}

describe("work in steps", () => {
  it("comes to the same at once and with turns for others", async () => {
    expect(atOnce(counting(100))).toBe(4950);
    await expect(withTurns(counting(100))).resolves.toBe(4950);
  });

  it("gives others their turn while it lasts", async () => {
    let turns = 0;
    await withTurns(counting(60, true), undefined, () => {
      turns += 1;
    });
    expect(turns).toBeGreaterThan(2);
  });

  it("ends with the signal's reason once it is aborted", async () => {
    const controller = new AbortController();
    setImmediate(() => controller.abort(new Error("enough")));
    await expect(withTurns(counting(1e9, true), controller.signal)).rejects.toThrow("enough");
  });

  it("throws what it throws", async () => {
    function* failing(): Steps<number> {
      yield;
      throw new Error("broken");
    }
    expect(() => atOnce(failing())).toThrow("broken");
    await expect(withTurns(failing())).rejects.toThrow("broken");
  });
});
