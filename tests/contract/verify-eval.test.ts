import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { judgeGates } from "../../ts/cli/gates.ts";
import {
  againstAdversaries,
  atOnce,
  closedPicture,
  parsePredictions,
  scoreRows,
} from "../../ts/eval/index.ts";
import { gatedNumbers } from "../../ts/run/eval/record/document.ts";
import { call } from "../support/call.ts";
import { caught } from "../support/caught.ts";
import { jsonLines, messyRows } from "../support/messy-rows.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** The results of an evaluation, as `tomoe eval` writes them; the model's answers are made up. */
const folder = join(temporaryFolder(), "evals", "20261129-101500-test-k3f9");
const files = {
  own: "predictions.jsonl",
  generate: "predictions.generate.jsonl",
  blank: "predictions.blank.jsonl",
};
const at = (name: string): string => join(folder, name);
const isClosed = (row: object): boolean => "task" in row && row.task === "closed-vqa";

function results(): Record<string, unknown> {
  const rowsOf = (name: string) => parsePredictions(readFileSync(at(name), "utf8"));
  const own = rowsOf(files.own),
    words = rowsOf(files.generate),
    options = { profile: "strict" } as const;
  const mode = "generate";
  const inWords = atOnce(scoreRows(words, { ...options, answer: mode })).entries.map((entry) => ({
    ...entry,
    metric: `${entry.metric}.${mode}`,
  }));
  const scorecard = [...atOnce(scoreRows(own, options)).entries, ...inWords];
  const others = [
    { name: "blank", rows: rowsOf(files.blank) },
    { name: "other-scan", rows: words },
  ];
  const { entries: adversaries } = atOnce(againstAdversaries({ name: "run", rows: own }, others, options));
  const gates = judgeGates(
    ["closed-vqa/accuracy.micro.ciLow>=0.9", "open-vqa/exact.over.blank.ciLow>-1"],
    gatedNumbers({ scorecard, adversaries }),
    "value",
  );
  const input = (role: string, path: string, system?: string): object => ({
    role,
    path,
    system,
    sha256: createHash("sha256")
      .update(readFileSync(at(path)))
      .digest("hex"),
  });
  const inputs = [
    input("rows", files.own),
    input("system", files.own, "run"),
    input("rows", files.generate, mode),
    input("system", files.generate, "other-scan"),
    input("system", files.blank, "blank"),
  ];
  const closed = atOnce(closedPicture(own));
  return { ok: true, scorecard, comparison: [], adversaries, closed, gates, inputs, warnings: [] };
}

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  const made = (seed: number, skill: number) => messyRows({ seed, skill, patients: 14 });
  writeFileSync(at(files.own), jsonLines(made(1, 0.8)));
  // The answers in words come in another order: the gaps are joined by id.
  writeFileSync(at(files.generate), jsonLines(made(2, 0.5).filter(isClosed).toReversed()));
  writeFileSync(at(files.blank), jsonLines(made(3, 0.3)));
  writeFileSync(at("results.json"), JSON.stringify(results()));
  writeFileSync(join(folder, "../../LOG.md"), `held: evals/${folder.split("/").at(-1)}\n`);
});

describe("tomoe verify, of an evaluation", () => {
  it("derives scorecards of both modes, gaps to adversaries, the picture of closed answers, and gates", async () => {
    const { document } = await call("verify", join(folder, "../../LOG.md"));
    expect(document.figures).toBe(document.equal);
    expect(document.figures).toBeGreaterThan(400);
    expect((document.inputs as readonly object[]).length).toBe(4);
  });

  it("names what was changed in each of them, and whose rows were altered, and nothing else", async () => {
    const bad = join(folder, "../bad");
    mkdirSync(bad);
    for (const name of Object.values(files)) writeFileSync(join(bad, name), readFileSync(at(name)));
    const content = JSON.parse(readFileSync(at("results.json"), "utf8"));
    content.closed.calibration.ece += 0.01;
    content.closed.confusion.counts[0][1] += 1;
    content.gates[0].held = true;
    const gap = content.adversaries.find(
      ({ adversary }: { readonly adversary: string }) => adversary === "other-scan",
    );
    gap.ciHigh += 0.001;
    writeFileSync(join(bad, "results.json"), JSON.stringify(content));
    writeFileSync(join(bad, files.blank), `${readFileSync(at(files.blank), "utf8")}\n`);
    const error = await caught(() => call("verify", bad));
    expect([error.code, error.exitCode]).toEqual(["RECORD_INVALID", 65]);
    const { differing, missing } = error.details as unknown as {
      readonly differing: readonly { readonly figure: string }[];
      readonly missing: readonly { readonly figure: string; readonly why: string }[];
    };
    expect(new Set(differing.map(({ figure }) => figure))).toEqual(
      new Set([
        "closed.calibration.ece",
        "closed.confusion.0.1.n",
        `${gap.task}/${gap.metric} (other-scan and run).ciHigh`,
        "gates.closed-vqa/accuracy.micro.ciLow>=0.9.held",
      ]),
    );
    expect(new Set(missing.map(({ why }) => why.slice(0, 21)))).toEqual(new Set(["its rows are altered:"]));
    expect(missing.every(({ figure }) => figure.includes("(blank and run)"))).toBe(true);
    expect(error.details).not.toHaveProperty("ok");
  });
});
