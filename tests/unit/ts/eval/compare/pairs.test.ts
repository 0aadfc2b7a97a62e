import { aligned, checkSystems } from "../../../../../ts/eval/compare/pairs.ts";
import type { PredictionRow } from "../../../../../ts/eval/index.ts";
import { thrownBy } from "../../../../support/router-policies.ts";

const row = (id: string, more: Partial<PredictionRow> = {}): PredictionRow => ({
  id,
  case: "c",
  task: "open-vqa",
  target: "t",
  prediction: "p",
  ...more,
});
const three = [row("1"), row("2"), row("3")];
const check = (...seeds: readonly (readonly (readonly PredictionRow[])[])[]) =>
  checkSystems(seeds.map((one, at) => ({ name: `S${at}`, seeds: one })));

describe("systems that are compared", () => {
  it("may have their rows in any order", () => {
    expect(() => check([three], [three.toReversed()])).not.toThrow();
    expect(aligned(three.toReversed(), three)).toEqual(three);
  });

  it.each([
    ["an item of the first alone", [three[0], three[1]], 'open-vqa "3" is missing in S1'],
    ["an item of the second alone", [...three, row("4")], 'open-vqa "4" is not in S0'],
    [
      "another target",
      [row("1"), row("2"), row("3", { target: "u" })],
      'open-vqa "3" has another target in S1',
    ],
    [
      "another patient",
      [row("1"), row("2"), row("3", { subject: "p" })],
      'open-vqa "3" has another subject in S1',
    ],
    ["another type", [row("1"), row("2"), row("3", { type: "x" })], 'open-vqa "3" has another type in S1'],
  ])("are refused for %s, naming it", (_what, rows, problem) => {
    const other = rows.filter((one) => one !== undefined);
    expect(thrownBy(() => check([three], [other]))).toMatchObject({
      code: "DATA_PREDICTIONS",
      message: expect.stringContaining(problem),
    });
  });

  it("are refused when they were answered in two modes", () => {
    const chosen = three.map((one) => ({ ...one, answerMode: "loglik-sum" }) as const);
    expect(thrownBy(() => check([three], [chosen]))).toMatchObject({
      message: expect.stringContaining("S1 was answered as open-vqa loglik-sum, S0 as open-vqa (none)"),
    });
  });

  it("name the first twenty of many differences and count the others", () => {
    const many = Array.from({ length: 50 }, (_, at) => row(`x${at}`));
    const error = thrownBy(() => check([three], [many])) as { readonly message: string };
    expect(error).toMatchObject({ details: { count: 53 } });
    expect(error.message).toMatch(/\.\.\. and 33 more$/);
  });

  it("are refused for seeds of another number, or of other items", () => {
    expect(thrownBy(() => check([three, three], [three, three, three]))).toMatchObject({
      code: "USAGE_INVALID",
    });
    expect(() => check([three], [three, three, three])).not.toThrow();
    expect(thrownBy(() => check([three, [row("1")]], [three]))).toMatchObject({
      message: expect.stringContaining('open-vqa "2" is missing in seed 2 of S0'),
    });
  });
});

describe("systems whose items are pairs by a declared mapping", () => {
  const mapped = (...seeds: readonly (readonly (readonly PredictionRow[])[])[]) => {
    const systems = seeds.map((one, at) => ({ name: `S${at}`, seeds: one }));
    return () => checkSystems(systems, true);
  };
  const choices = ["liver", "spleen"];
  const closed = (id: string, more: Partial<PredictionRow> = {}) =>
    row(id, { task: "closed-vqa", choices, target: "A", subject: "P1", type: "organ", ...more });

  it("may differ in case, choices and target, as they do by design", () => {
    const turned = closed("1", { case: "mirrored", choices: choices.toReversed(), target: "B" });
    expect(mapped([[closed("1")]], [[turned]])).not.toThrow();
    expect(thrownBy(() => check([[closed("1")]], [[turned]]))).toMatchObject({
      message: expect.stringContaining('"1" has another case, choices, target in S1'),
    });
  });

  it.each([
    ["subject", { subject: "P2" }],
    ["type", { type: "side" }],
  ])("have the same %s all the same", (part, more) => {
    expect(thrownBy(mapped([[closed("1")]], [[closed("1", more)]]))).toMatchObject({
      code: "DATA_PREDICTIONS",
      message: expect.stringContaining(`"1" has another ${part} in S1`),
    });
  });

  it("still have every item once, and seeds of the baseline are of the very same items", () => {
    expect(thrownBy(mapped([[closed("1"), closed("2")]], [[closed("1")]]))).toMatchObject({
      message: expect.stringContaining('closed-vqa "2" is missing in S1'),
    });
    const other = closed("1", { target: "B" });
    expect(thrownBy(mapped([[closed("1")], [other]], [[closed("1")]]))).toMatchObject({
      message: expect.stringContaining("has another target in seed 2 of S0"),
    });
  });
});
