import { type Adversary, againstAdversaries } from "../../../../../ts/eval/compare/against.ts";
import { atOnce, compareSystems, type PredictionRow } from "../../../../../ts/eval/index.ts";
import { caught } from "../../../../support/caught.ts";

const choices = ["liver", "spleen", "heart", "lung"];

/** Twelve patients, two questions and a report each. */
function rowsOf(
  closed: (patient: number, item: number) => string,
  report: string | null,
): readonly PredictionRow[] {
  return Array.from({ length: 12 }, (_, patient): readonly PredictionRow[] => {
    const head = { case: `c${patient}`, subject: `p${patient}` };
    const questions = [0, 1].map(
      (item): PredictionRow => ({
        ...head,
        id: `q${patient}-${item}`,
        task: "closed-vqa",
        type: "organ",
        choices,
        target: "A",
        prediction: closed(patient, item),
        answerMode: "loglik-sum",
      }),
    );
    return report === null
      ? questions
      : [
          ...questions,
          {
            ...head,
            id: `r${patient}`,
            task: "report",
            target: "liver cyst",
            prediction: report,
            answerMode: "generate",
          },
        ];
  }).flat();
}

const system: Adversary = { name: "run", rows: rowsOf(() => "A. liver", "liver cyst") };
const blank: Adversary = {
  name: "blank",
  rows: rowsOf((patient) => (patient % 2 === 0 ? "A" : "B"), "liver cyst"),
};
const majority: Adversary = {
  name: "majority",
  rows: rowsOf((_patient, item) => (item === 0 ? "A" : "B"), null).map((row) => ({
    ...row,
    answerMode: "generate" as const,
  })),
};
const options = { profile: "strict", provenance: ["data:0123"] } as const;
const gaps = (...adversaries: readonly Adversary[]) =>
  atOnce(againstAdversaries(system, adversaries, options));

describe("the gaps to adversaries", () => {
  it("are system minus adversary, each with its interval, on the tasks that the adversary answers", () => {
    const { entries } = gaps(blank, majority);
    const micro = entries.filter(({ metric }) => metric === "accuracy.micro");
    expect(
      micro.map(({ adversary, a, b, first, second, difference }) => [
        adversary,
        a,
        b,
        first,
        second,
        difference,
      ]),
    ).toEqual([
      ["blank", "blank", "run", 0.5, 1, 0.5],
      ["majority", "majority", "run", 0.5, 1, 0.5],
    ]);
    for (const { ciLow, ciHigh, difference, n, clusters } of micro) {
      expect(ciLow <= difference && difference <= ciHigh).toBe(true);
      expect([n, clusters]).toEqual([24, 12]);
    }
    const tasks = entries.filter(({ adversary }) => adversary === "majority").map(({ task }) => task);
    expect(new Set(tasks)).toEqual(new Set(["closed-vqa"]));
  });

  it("have the p of a plain comparison, and Holm over all adversaries at once", () => {
    const { entries, family } = gaps(blank, majority);
    const plain = (rows: readonly PredictionRow[]) => rows.map(({ answerMode: _mode, ...row }) => row);
    const alone = atOnce(
      compareSystems(
        [
          { name: "blank", seeds: [plain(blank.rows)] },
          { name: "run", seeds: [plain(system.rows)] },
        ],
        { profile: "strict" },
      ),
    ).entries.find(({ metric }) => metric === "accuracy.micro");
    const here = entries.find(
      ({ metric, adversary }) => metric === "accuracy.micro" && adversary === "blank",
    );
    expect(here).toMatchObject({ p: alone?.p ?? 0, ciLow: alone?.ciLow ?? 0, ciHigh: alone?.ciHigh ?? 0 });
    expect(family).toEqual({ primary: ["report/rouge1", "closed-vqa/accuracy.micro"], tests: 3 });
    // 2 of 4096 patterns are as far for majority, 2^7 of 4096 for blank (six patients do not differ); rouge is equal.
    const [first, second] = ["majority", "blank"].map((name) =>
      entries.find(({ metric, adversary }) => metric === "accuracy.micro" && adversary === name),
    );
    expect(first).toMatchObject({ p: 2 / 4096, pHolm: 6 / 4096, verdict: "second is higher" });
    expect(second).toMatchObject({ p: 128 / 4096, pHolm: 256 / 4096, verdict: "not separable" });
  });

  it("say what they are against, and what was given of the data, in their signatures", () => {
    for (const { signature, adversary } of gaps(blank, majority).entries)
      expect(signature).toContain(`|data:0123|against:${adversary}|`);
  });

  it("leave out counts of how an answer was written", () => {
    const metrics = new Set(gaps(blank).entries.map(({ metric }) => metric));
    expect([...metrics].filter((metric) => /unparsed|hedged|contradicted/.test(metric))).toEqual([]);
    expect(metrics.has("type.organ")).toBe(true);
  });

  it("give no verdict against an adversary that says the same", () => {
    const { entries } = gaps({ name: "twin", rows: system.rows });
    expect(
      entries.every(({ verdict, difference }) => difference === 0 && verdict !== "second is higher"),
    ).toBe(true);
  });

  it("refuse an adversary of other items", async () => {
    const fewer = { name: "fewer", rows: blank.rows.slice(3) };
    const failure = await caught(() => gaps(fewer));
    expect(failure.code).toBe("DATA_PREDICTIONS");
    expect(failure.message).toContain("the predictions are not of the same items: 3 differ");
  });

  it("are none without an adversary", () => {
    expect(gaps()).toEqual({ entries: [], family: { primary: [], tests: 0 }, warnings: [] });
  });
});
