import { pythonCases, roundsOf, timesOf, wallOf } from "../../../../ts/bench/python-cases.ts";
import { caught } from "../../../support/caught.ts";

const tiny = { width: 8, inner: 16, tokens: 12, counts: [2], rounds: 2, threads: 1 };

describe("a benchmark in Python", () => {
  it("gives every case with all rounds of all its ways, as they were measured", async () => {
    const notes: string[] = [];
    const cases = await pythonCases({ module: "route_hard", settings: tiny }, (line) => notes.push(line));
    expect(cases.map(({ case: name, ways }) => [name, Object.keys(ways)])).toEqual([
      ["task", ["dense", "task 2"]],
      ["token 2", ["dense", "ours", "every", "loop", "grouped"]],
    ]);
    const rounds = cases.flatMap(({ ways }) => Object.values(ways));
    expect(rounds.every(({ wallMs, cpuMs }) => wallMs.length === 2 && cpuMs.length === 2)).toBe(true);
    expect(notes).toEqual(["route_hard task: done", "route_hard token 2: done"]);
  });

  it("says how the module ended and its last lines when it fails", async () => {
    const failure = await caught(() =>
      pythonCases({ module: "no_such_bench", settings: tiny }, () => undefined),
    );
    expect(failure).toMatchObject({
      code: "WORKER_START",
      message: expect.stringMatching(
        /bench\.no_such_bench ended with 1: .*No module named bench\.no_such_bench/,
      ),
      hint: "Run npm run setup -- --dev.",
    });
  });
});

describe("the rounds of a case", () => {
  const way = (wallMs: number[], cpuMs = wallMs) =>
    ({ wallMs, cpuMs }) as { wallMs: [number]; cpuMs: [number] };
  const measured = { case: "c", ways: { ours: way([3, 1, 2]) } };

  it("have a median for each way, and refuse a way that was not measured", () => {
    expect(wallOf(measured, "ours")).toBe(2);
    expect(() => roundsOf(measured, "theirs")).toThrow('[INTERNAL] case c has no way "theirs"');
  });

  it("are compared round by round, with the ranks that hold the median in 95 of 100 repetitions", () => {
    const ours = Array.from({ length: 15 }, (_, index) => 100 + index);
    const floor = Array.from({ length: 15 }, () => 100);
    // Of 15 rounds the 4th and the 12th: 1 - 2 * P(Binomial(15, 1/2) <= 3) = 0.965.
    expect(timesOf(way(ours, floor), way(floor))).toEqual({
      timesWall: 1.07,
      timesWallLow: 1.03,
      timesWallHigh: 1.11,
      timesCpu: 1,
    });
    expect(timesOf(way([1, 2, 3]), way([1, 1, 1]))).toMatchObject({ timesWallLow: 1, timesWallHigh: 3 });
  });
});
