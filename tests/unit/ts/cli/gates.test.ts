import { checkGates, enforceGates, judgeCounts, judgeGates } from "../../../../ts/cli/gates.ts";
import { caught } from "../../../support/caught.ts";

const entries = [
  { task: "closed-vqa", metric: "accuracy.micro", value: 0.6, ciLow: 0.5, ciHigh: 0.7, verdict: "x" },
  { task: "open-vqa", metric: "exact.type.left side", value: 0.1, ciLow: 0, ciHigh: 0.2 },
];

describe("a gate", () => {
  it.each([
    ["closed-vqa/accuracy.micro.ciLow>=0.5", 0.5, true],
    ["closed-vqa/accuracy.micro.ciLow > 0.5", 0.5, false],
    ["closed-vqa/accuracy.micro>=0.59", 0.6, true],
    ["closed-vqa/accuracy.micro.ciHigh<0.7", 0.7, false],
    ["closed-vqa/accuracy.micro.ciHigh<=7e-1", 0.7, true],
    ["closed-vqa/accuracy.micro.value>-1", 0.6, true],
  ])("%s looks at %d and holds: %s", (gate, value, held) => {
    expect(judgeGates([gate], entries, "value")).toEqual([{ gate, value, held }]);
  });

  it.each([
    ["closed-vqa/accuracy.micro", "is no comparison"],
    ["closed-vqa/accuracy.micro=0.5", "is no comparison"],
    ["closed-vqa/accuracy.micro>=high", "is no comparison"],
    ["closed-vqa/acuracy.micro.ciLow>=0.5", 'did you mean "closed-vqa/accuracy.micro.ciLow"'],
    ["closed-vqa/accuracy.micro.verdict>=0.5", "there is no number"],
    ["closed-vqa/accuracy.micro.ciMid>=0.5", "there is no number"],
  ])("%s is refused", async (gate, message) => {
    expect(await caught(() => judgeGates([gate], entries, "value"))).toMatchObject({
      code: "USAGE_INVALID",
      message: expect.stringContaining(message),
    });
  });

  it("that does not hold ends the command with 1 and the numbers", async () => {
    const gates = judgeGates(
      ["closed-vqa/accuracy.micro>0.9", "closed-vqa/accuracy.micro>0.1"],
      entries,
      "value",
    );
    const error = await caught(() => enforceGates(gates, { ok: true, scorecard: entries, gates }));
    expect(error).toMatchObject({ code: "GATE_FAILED", exitCode: 1 });
    expect(error.message).toContain("1 of 2 gates do not hold: closed-vqa/accuracy.micro>0.9 (it is 0.6)");
    expect(error.details).toMatchObject({ scorecard: entries, gates });
    expect(error.details.ok).toBeUndefined();
  });

  it("that holds lets it go on", () => {
    expect(() => enforceGates([{ gate: "x", value: 1, held: true }], {})).not.toThrow();
  });
});

describe("gates that are looked at before anything is computed", () => {
  it("pass where each is a comparison, whatever number it names", () => {
    expect(() => checkGates(["nobody/knows.this.yet>=0.5", "a/b<1e-3"])).not.toThrow();
    expect(() => checkGates([])).not.toThrow();
  });

  it("are refused where one is none", async () => {
    const failure = await caught(() => checkGates(["a/b>1", "closed-vqa/accuracy.micro"]));
    expect(failure).toMatchObject({ code: "USAGE_INVALID", details: { gate: "closed-vqa/accuracy.micro" } });
    expect(failure.message).toContain("is no comparison");
  });
});

describe("a gate on counts", () => {
  const counts = { "cases.refused": { count: 2, of: 100 }, "cases.total": { count: 100, of: null } };

  it.each([
    ["cases.refused<=0.05", 0.02, true],
    ["cases.refused<0.02", 0.02, false],
    ["cases.refused<=2", 2, true],
    ["cases.refused<=1", 2, false],
    ["cases.refused<=0", 2, false],
    ["cases.total>=100", 100, true],
  ])("%s looks at %d and holds: %s", (gate, value, held) => {
    expect(judgeCounts([gate], counts)).toEqual([{ gate, value, held }]);
  });

  it("takes a share of nothing for 0", () => {
    expect(judgeCounts(["a<0.5"], { a: { count: 0, of: 0 } })).toEqual([
      { gate: "a<0.5", value: 0, held: true },
    ]);
  });

  it.each([
    ["cases.refuse<1", 'did you mean "cases.refused"'],
    ["constructor<1", "there is no number"],
    ["cases.total>0.5", "is no share of anything"],
    ["cases.total", "is no comparison"],
  ])("%s is refused", async (gate, message) => {
    const error = await caught(() => judgeCounts([gate], counts));
    expect(error.code).toBe("USAGE_INVALID");
    expect(error.message).toContain(message);
  });
});

describe("a gate over several pairs of systems", () => {
  const pair = (difference: number, ciLow: number) => ({
    task: "closed-vqa",
    metric: "accuracy.micro",
    difference,
    ciLow,
  });

  it("holds where it holds for each of them", () => {
    const [gate] = judgeGates(
      ["closed-vqa/accuracy.micro>0"],
      [pair(0.2, 0.1), pair(0.1, -0.1)],
      "difference",
    );
    expect(gate).toEqual({ gate: "closed-vqa/accuracy.micro>0", value: 0.2, held: true });
  });

  it("is missed where it is missed by one, and tells that one", () => {
    const [gate] = judgeGates(
      ["closed-vqa/accuracy.micro.ciLow>0"],
      [pair(0.2, 0.1), pair(0.1, -0.1), pair(0.1, -0.2)],
      "difference",
    );
    expect(gate).toEqual({ gate: "closed-vqa/accuracy.micro.ciLow>0", value: -0.1, held: false });
  });
});
