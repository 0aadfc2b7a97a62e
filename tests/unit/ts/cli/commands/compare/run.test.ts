import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compareDocument } from "../../../../../../ts/cli/commands/compare/document.ts";
import { call } from "../../../../../support/call.ts";
import { caught } from "../../../../../support/caught.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const folder = temporaryFolder();

/** A predictions file of twelve patients, three questions each, of which `right` are answered rightly. */
function file(name: string, right: number, more: object = {}): string {
  const path = join(folder, `${name}.jsonl`);
  const rows = Array.from({ length: 36 }, (_, at) => ({
    id: `q${at}`,
    case: `c${Math.floor(at / 3)}`,
    subject: `p${Math.floor(at / 3)}`,
    task: "closed-vqa",
    choices: ["liver", "spleen", "heart", "lung"],
    target: "A",
    prediction: at % 3 < right ? "A" : "B",
    ...more,
  }));
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join("\n"));
  return path;
}
const [none, some, all] = [file("none", 0), file("some", 2), file("all", 3)];
const strict = ["--profile", "strict"];

describe("tomoe compare", () => {
  it("draws its differences on a page of its own", async () => {
    const path = join(folder, "forest.html");
    await call("compare", none, some, all, ...strict, "--out", path);
    const page = readFileSync(path, "utf8");
    expect(page).toContain("Comparison with none");
    expect(page).toContain("closed-vqa accuracy.micro: all - none");
    expect(page).toContain("second is higher");
  });

  it("prints the documented shape: systems, family, and each number of each pair", async () => {
    const { document, text, stderr } = await call("compare", none, some, all, ...strict);
    const { systems, family, comparison, warnings } = compareDocument.parse(document);
    expect(systems.map(({ name, source, seeds, rows }) => [name, source, seeds, rows.given])).toEqual([
      ["none", none, 1, 36],
      ["some", some, 1, 36],
      ["all", all, 1, 36],
    ]);
    expect(systems[0]?.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(family).toEqual({
      primary: ["closed-vqa/accuracy.micro"],
      tests: 2,
      alpha: 0.05,
      correction: "holm",
    });
    const primaries = comparison.filter(({ primary }) => primary);
    expect(primaries.map(({ a, b, verdict }) => [a, b, verdict])).toEqual([
      ["none", "some", "second is higher"],
      ["none", "all", "second is higher"],
    ]);
    expect(primaries[0]).toMatchObject({ p: 2 / 4096, pHolm: 4 / 4096, n: 36, clusters: 12, perSeed: null });
    expect(warnings).toEqual([]);
    expect(stderr).toBe("");
    expect(text).toContain("second is higher");
  });

  it("gives no verdict about a system and itself", async () => {
    const { document } = await call("compare", some, some, ...strict);
    const { comparison, systems } = compareDocument.parse(document);
    expect(comparison.every(({ verdict }) => verdict === "not separable" || verdict === "not tested")).toBe(
      true,
    );
    expect(systems.map(({ name }) => name)).toEqual([some, some]);
  });

  it("takes seeds of one recipe as a level of their own", async () => {
    const { document } = await call("compare", `base=${none},${none}`, `ours=${some},${all}`, ...strict);
    const { comparison, systems, warnings } = compareDocument.parse(document);
    expect(systems.map(({ name, seeds }) => [name, seeds])).toEqual([
      ["base", 2],
      ["ours", 2],
    ]);
    expect(comparison.find(({ primary }) => primary)?.perSeed).toEqual([expect.closeTo(2 / 3, 12), 1]);
    expect(warnings.map(({ code }) => code)).toEqual(["SEED_TWICE", "FEW_SEEDS"]);
  });

  it("holds a gate on a difference, or ends with 1", async () => {
    const gate = (limit: string) =>
      call("compare", none, some, ...strict, "--gate", `closed-vqa/accuracy.micro.ciLow>${limit}`);
    expect((await gate("0.1")).document.gates).toMatchObject([{ held: true }]);
    expect(await caught(() => gate("0.9"))).toMatchObject({ code: "GATE_FAILED", exitCode: 1 });
  });

  it("holds a gate over several systems where it holds for each, and says the first number that misses it", async () => {
    const gate = "closed-vqa/accuracy.micro.ciLow>0.7";
    const error = await caught(() => call("compare", none, all, some, ...strict, "--gate", gate));
    expect(error.code).toBe("GATE_FAILED");
    const [told] = (error.details as unknown as { readonly gates: readonly { readonly value: number }[] })
      .gates;
    expect(told?.value).toBeLessThan(0.7);
    await expect(call("compare", none, all, ...strict, "--gate", gate)).resolves.toBeDefined();
  });

  it("joins items that differ by design under a declared mapping, and says so in every signature", async () => {
    const turned = join(folder, "turned.jsonl"),
      pairs = join(folder, "pairs.jsonl");
    const rows = readFileSync(some, "utf8")
      .split("\n")
      .map((line) => JSON.parse(line) as Readonly<Record<string, string>>);
    // The options stand in another order: the right letter and the chosen ones move with them.
    const moved = rows.map((row) => ({
      ...row,
      id: `turned-${row.id}`,
      case: `${row.case}-mirrored`,
      choices: ["lung", "heart", "spleen", "liver"],
      target: "D",
      prediction: row.prediction === "A" ? "D" : "C",
    }));
    const lines = (all: readonly object[]): string => all.map((row) => JSON.stringify(row)).join("\n");
    writeFileSync(turned, lines(moved.toReversed()));
    writeFileSync(pairs, lines(rows.map(({ id }) => ({ a: id, b: `turned-${id}` }))));
    expect(await caught(() => call("compare", some, turned, ...strict))).toMatchObject({
      code: "DATA_PREDICTIONS",
    });
    const { document } = await call("compare", some, turned, ...strict, "--mapping", pairs);
    const { comparison, inputs } = compareDocument.parse(document);
    expect(comparison[0]).toMatchObject({ difference: 0, n: 36, clusters: 12, verdict: "not separable" });
    expect(comparison[0]?.signature).toMatch(/\|mapping:36 pairs@[0-9a-f]{16}\|/);
    expect(inputs.map(({ role }) => role)).toEqual(["system", "system", "mapping"]);
    writeFileSync(pairs, lines(rows.slice(1).map(({ id }) => ({ a: id, b: `turned-${id}` }))));
    const short = await caught(() => call("compare", some, turned, ...strict, "--mapping", pairs));
    expect(short.message).toContain('"turned-q0" of turned is no b of the mapping');
  });

  it("takes a file whose name holds an equals sign as a file", async () => {
    const odd = join(folder, "lr=0.1.jsonl");
    writeFileSync(odd, readFileSync(all));
    const { document } = await call("compare", none, odd, ...strict);
    expect(compareDocument.parse(document).systems.map(({ name }) => name)).toEqual(["none", "lr=0.1"]);
  });

  it.each([
    ["a name without sources", [none, "ours=,"], "USAGE_INVALID"],
    ["a gate that is no comparison", [none, some, "--gate", "closed-vqa/accuracy.micro"], "USAGE_INVALID"],
    ["a mapping that is not there", [none, some, "--mapping", join(folder, "no.jsonl")], "PATH_NOT_FOUND"],
    ["items of another type", [none, file("typed", 2, { type: "organ" })], "DATA_PREDICTIONS"],
    ["a primary that there is not", [none, some, "--primary", "closed-vqa/rouge1"], "USAGE_INVALID"],
    ["a file that is not there", [none, join(folder, "absent.jsonl")], "PATH_NOT_FOUND"],
    ["one system alone", [none], "USAGE_INVALID"],
  ])("refuses %s", async (_what, words, code) => {
    expect(await caught(() => call("compare", ...words, ...strict))).toMatchObject({ code });
  });
});
