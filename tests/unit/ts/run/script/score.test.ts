import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compare, score } from "../../../../../ts/run/script/score.ts";
import { caught } from "../../../../support/caught.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const folder = temporaryFolder();

/** Closed questions on `n` patients, the first `right` of them answered well. */
function rows(n: number, right: number): object[] {
  return Array.from({ length: n }, (_, at) => ({
    id: `q${at}`,
    case: `c${at}`,
    subject: `p${at}`,
    task: "closed-vqa",
    type: "plane",
    question: "Which plane?",
    choices: ["axial", "coronal"],
    target: "axial",
    prediction: at < right ? "axial" : "coronal",
  }));
}

/** A folder as a run leaves it. */
function runOf(name: string, right: number): { readonly dir: string } {
  const dir = join(folder, name);
  mkdirSync(dir);
  writeFileSync(
    join(dir, "predictions.jsonl"),
    rows(20, right)
      .map((row) => JSON.stringify(row))
      .join("\n"),
  );
  return { dir };
}

const microOf = (entries: readonly { readonly metric: string; readonly value: number }[]): number =>
  entries.find(({ metric }) => metric === "accuracy.micro")?.value ?? Number.NaN;

describe("score", () => {
  it("gives the same for rows, a file, a run's folder and a run's result", async () => {
    const run = runOf("scored", 15);
    const sources = [rows(20, 15), join(run.dir, "predictions.jsonl"), run.dir, run];
    const values = await Promise.all(sources.map(async (source) => await score(source)));
    for (const scored of values) expect(scored).toEqual(values[0]);
    expect(microOf(values[0]?.entries ?? [])).toBe(0.75);
  });

  it("refuses rows that are none, each by its place, and a path that is not there", async () => {
    const [first = {}] = rows(1, 1);
    const error = await caught(() => score([{ ...first, target: "oblique" }, { id: 3 }]));
    expect(error.code).toBe("DATA_PREDICTIONS");
    expect(error.message).toMatch(/line 1.*line 2/s);
    expect((await caught(() => score(join(folder, "none.jsonl")))).code).toBe("PATH_NOT_FOUND");
  });
});

describe("compare", () => {
  it("takes the first as the baseline, and a list of runs as the seeds of one system", async () => {
    const [weak, better, best] = [runOf("weak", 4), runOf("better", 16), runOf("best", 18)];
    const { entries, family } = await compare({ weak, strong: [better, best] }, {});
    const micro = entries.find(({ metric }) => metric === "accuracy.micro");
    expect(micro).toMatchObject({ a: "weak", b: "strong", first: 0.2 });
    expect(micro?.second).toBeCloseTo(0.85, 12);
    expect(micro?.difference).toBeCloseTo(0.65, 12);
    expect(micro?.verdict).toBe("second is higher");
    expect(family.tests).toBe(1);
  });

  it("refuses systems of other items", async () => {
    const error = await caught(() => compare({ a: rows(5, 2), b: rows(6, 2) }));
    expect([error.code, error.exitCode]).toEqual(["DATA_PREDICTIONS", 65]);
  });
});
