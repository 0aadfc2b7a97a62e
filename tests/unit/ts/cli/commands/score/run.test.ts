import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scoreDocument } from "../../../../../../ts/cli/commands/score/document.ts";
import { saltedDigest } from "../../../../../../ts/run/prepare/trained-on.ts";
import { call } from "../../../../../support/call.ts";
import { caught } from "../../../../../support/caught.ts";
import { onlyDocument, runProgram } from "../../program.ts";

const scratch = mkdtempSync(join(tmpdir(), "tomoe-score-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("tomoe score", () => {
  it("prints a scorecard for a file of predictions", async () => {
    const path = join(scratch, "predictions.jsonl");
    const choices = ["axial", "coronal", "sagittal", "oblique"];
    writeFileSync(
      path,
      Array.from({ length: 8 }, (_, index) =>
        JSON.stringify({
          id: `q${index}`,
          case: `c${index >> 1}`,
          task: "closed-vqa",
          type: "plane",
          choices,
          target: "axial",
          prediction: index < 6 ? "axial" : "coronal",
        }),
      ).join("\n"),
    );
    const { code, stdout } = await runProgram(["score", path, "--profile", "strict", "--json"]);
    expect(code).toBe(0);
    const { scorecard } = scoreDocument.parse(onlyDocument(stdout));
    expect(scorecard.find(({ metric }) => metric === "accuracy.micro")).toMatchObject({
      value: 0.75,
      n: 8,
      clusters: 4,
      chance: 0.25,
    });
    const text = await runProgram(["score", path, "--profile", "m3d-compat"]);
    // M3D's own scripts want "A." in the prediction, so these rows are all wrong there.
    expect(text.stdout).toMatch(/accuracy\.micro +0\.000 +\[0\.000, /);
  });

  it("refuses a file that is not there, and one that is not JSON by its line", async () => {
    const missing = await runProgram(["score", join(scratch, "none.jsonl"), "--profile", "strict", "--json"]);
    expect([missing.code, onlyDocument(missing.stdout).error?.code]).toEqual([64, "PATH_NOT_FOUND"]);
    const path = join(scratch, "broken.jsonl");
    writeFileSync(path, "{}\nnot json\n");
    const broken = await runProgram(["score", path, "--profile", "strict", "--json"]);
    expect(broken.code).toBe(65);
    expect(onlyDocument(broken.stdout).error?.message).toContain("line 2");
    const folder = await runProgram(["score", scratch, "--profile", "strict", "--json"]);
    expect([folder.code, onlyDocument(folder.stdout).error?.code]).toEqual([74, "IO_FAILED"]);
  });
});

// No WordNet but one that a test names.
process.env.NLTK_DATA = "/nonexistent";

describe("tomoe score, in all its flags", () => {
  const file = (name: string, rows: readonly object[]): string => {
    const path = join(scratch, name);
    writeFileSync(path, rows.map((row) => JSON.stringify(row)).join("\n"));
    return path;
  };
  const open = (id: string, prediction: string | undefined, more: object = {}) => ({
    id,
    case: `c${id}`,
    task: "open-vqa",
    target: "liver",
    ...(prediction === undefined ? {} : { prediction }),
    ...more,
  });
  const closed = (id: string, more: object = {}) =>
    open(id, "B", { task: "closed-vqa", choices: ["liver", "spleen"], target: "A", ...more });
  const strict = ["--profile", "strict"];
  const entryOf = (document: object, metric: string) =>
    scoreDocument.parse(document).scorecard.find((entry) => entry.metric === metric);

  it("says what became of the rows", async () => {
    const path = file("open.jsonl", [open("1", "liver"), open("2", " ")]);
    const { document } = await call("score", path, "--profile", "ct-spatial-vqa");
    expect(document.rows).toEqual({
      given: 2,
      expected: null,
      scored: 1,
      dropped: [{ id: "2", task: "open-vqa", why: "empty prediction" }],
    });
    expect(scoreDocument.parse(document).warnings.map(({ code }) => code)).toContain("METRIC_LEFT_OUT");
  });

  it("has confusion and calibration of closed answers, and a page with the questions that were asked", async () => {
    const path = file("picture.jsonl", [
      closed("1", { choiceLogProbs: [-2, -1], question: "Which organ is it?" }),
      closed("2", { prediction: "I say **A**", choiceLogProbs: [-0.5, -3] }),
      open("3", "liver"),
    ]);
    const pictureOf = async (...more: readonly string[]) =>
      scoreDocument.parse((await call("score", path, ...more)).document).closed;
    const html = join(scratch, "picture.html");
    const found = await pictureOf(...strict, "--out", html);
    expect(found?.confusion).toEqual({
      by: "strict",
      letters: ["A", "B"],
      counts: [
        [0, 1, 1],
        [0, 0, 0],
      ],
    });
    expect(found?.calibration?.n).toBe(2);
    expect((await pictureOf("--profile", "lenient"))?.confusion.counts[0]).toEqual([1, 1, 0]);
    const byLogProbs = (await pictureOf(...strict, "--answer", "loglik-sum"))?.confusion;
    expect([byLogProbs?.by, byLogProbs?.counts[0]]).toEqual(["loglik-sum", [1, 1, 0]]);
    const page = readFileSync(html, "utf8");
    expect(page).toContain("Scorecard of picture");
    expect(page).toContain("Which organ is it?");
    const texts = await call("score", file("open-only.jsonl", [open("1", "a")]), ...strict);
    expect(texts.document.closed).toBeNull();
  });

  it("refuses weights that no metric asks for, a metric without its weights, and weights that are none", async () => {
    const path = file("weighed.jsonl", [open("1", "liver")]);
    const refused = async (...words: readonly string[]): Promise<string> => {
      const { code, exitCode, message, hint } = await caught(() => call("score", path, ...strict, ...words));
      return `${code} ${exitCode} ${message} ${hint}`;
    };
    const weights = ["--weights", "bertscore=models/bert,layer=9"];
    expect(await refused(...weights)).toContain("USAGE_INVALID 64");
    expect(await refused(...weights, "--metrics", "rouge1")).toContain("which --metrics does not ask for");
    const bare = await refused("--metrics", "bertscore");
    expect(bare).toContain('ENVIRONMENT 78 [ENVIRONMENT] metric "bertscore" needs the weights of a model');
    expect(bare).toContain("nothing is downloaded");
    expect(await refused("--metrics", "bertscore", "--weights", "bertscore=models/bert")).toContain(
      "needs the layer whose vectors are compared",
    );
  });

  it("scores the metrics that are named, and tells rows that none of them judges", async () => {
    const path = file("both.jsonl", [open("1", "liver"), closed("2")]);
    const { document, stderr } = await call("score", path, ...strict, "--metrics", "tokenF1, rougeL.stem");
    expect(scoreDocument.parse(document).scorecard.map(({ metric }) => metric)).toEqual([
      "tokenF1",
      "rougeL.stem",
    ]);
    expect(stderr).toContain("TASK_NOT_SCORED: 1 rows of closed-vqa are not scored");
    expect(document.rows).toMatchObject({ given: 2, scored: 1 });
  });

  it("writes what it found to files, each by its ending, which verify can read", async () => {
    const path = file("out-rows.jsonl", [closed("1"), closed("2")]);
    const [json, tex, md] = ["json", "tex", "md"].map((end) => path.replace("rows.jsonl", `card.${end}`));
    const outs = [json, tex, md].flatMap((name) => ["--out", name ?? ""]);
    const { document, text } = await call("score", path, ...strict, ...outs);
    expect(JSON.parse(readFileSync(json ?? "", "utf8"))).toEqual(JSON.parse(JSON.stringify(document)));
    expect(readFileSync(tex ?? "", "utf8")).toContain("\\toprule");
    expect(readFileSync(md ?? "", "utf8")).toContain("| accuracy.micro |");
    expect(text).toMatch(/^TASK +METRIC +VALUE/);
    expect(scoreDocument.parse(document).inputs).toEqual([
      { role: "rows", path, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
  });

  it("sets what judges said beside the metrics, with their signature, and never in place of one", async () => {
    const path = file("to-judge.jsonl", [open("1", "liver"), open("2", "spleen"), closed("3")]);
    const said = (id: string, value: number) => ({
      id,
      task: "open-vqa",
      judge: "reader",
      value,
      signature: "form v2",
    });
    const judged = file("judged.jsonl", [{ bounds: [1, 5] }, said("1", 5), said("2", 2)]);
    const { document } = await call("score", path, ...strict, "--judged", judged);
    const entry = entryOf(document, "judge.reader");
    expect(entry).toMatchObject({ value: 3.5, n: 2, clusters: 2, task: "open-vqa" });
    expect(entry?.signature).toContain("|judge:reader(form v2)|bounds:1..5|");
    expect(entryOf(document, "exact")?.value).toBe(0.5);
    expect(scoreDocument.parse(document).inputs.map(({ role }) => role)).toEqual(["rows", "judged"]);
    const alone = await call("score", path, ...strict, "--metrics", "accuracy", "--judged", judged);
    expect(entryOf(alone.document, "judge.reader")?.value).toBe(3.5);
    expect(entryOf(alone.document, "exact")).toBeUndefined();
    const short = file("judged-short.jsonl", [{ bounds: [1, 5] }, said("1", 5)]);
    expect(await caught(() => call("score", path, ...strict, "--judged", short))).toMatchObject({
      code: "DATA_PREDICTIONS",
      message: expect.stringContaining('judge "reader" left out open-vqa "2"'),
    });
  });

  it("refuses a run's answers about patients that it was trained on, unless that is allowed and said", async () => {
    const run = mkdtempSync(join(scratch, "run-"));
    const path = join(run, "predictions.jsonl");
    writeFileSync(path, JSON.stringify(open("1", "liver", { subject: "P1" })));
    const salt = "s".repeat(32);
    const patients = [saltedDigest(salt, "P1")];
    const list = { format: "tomoe.trained-on/1", salt, patients, scans: null, reports: null };
    writeFileSync(join(run, "trained-on.json"), JSON.stringify(list));
    expect(await caught(() => call("score", path, ...strict))).toMatchObject({
      code: "DATA_LEAK",
      exitCode: 65,
      details: { patients: 1, first: { patients: ["c1"] } },
    });
    const { document, stderr } = await call("score", path, ...strict, "--allow-leak");
    const card = scoreDocument.parse(document);
    expect(card.scorecard.every(({ signature }) => signature.includes("|split:leaky(1 of 1 cases; "))).toBe(
      true,
    );
    expect(stderr).toContain("LEAK_ALLOWED: 1 of 1 test cases stand in the training of the run");
  });

  it.each([
    [["--gate", "closed-vqa/accuracy.micro"], "USAGE_INVALID", "is no comparison"],
    [["--judged", "/nonexistent.jsonl"], "PATH_NOT_FOUND", "/nonexistent.jsonl"],
    [["--metrics", "rouge3"], "USAGE_INVALID", 'did you mean "rouge'],
    [["--metrics", "accuracy"], "USAGE_INVALID", "no row is of a task that accuracy judges"],
    [["--metrics", "meteor"], "ENVIRONMENT", "METEOR needs WordNet 3.0"],
    [["--metrics", "crg"], "USAGE_INVALID", "no row is of a task that crg judges"],
    [["--out", "a.pdf"], "USAGE_INVALID", "ends in none of .json, .md, .tex"],
    [["--metrics", ","], "USAGE_INVALID", "names none"],
    [["--missing", "wrong"], "USAGE_INVALID", "give --against too"],
    [["--answer", "sampled"], "USAGE_INVALID", "--answer must be one of"],
  ])("refuses %j", async (flags, code, message) => {
    const path = file("one.jsonl", [open("1", "liver")]);
    expect(await caught(() => call("score", path, ...strict, ...flags))).toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it("holds predictions against what was expected, and scores what is missing as wrong when told to", async () => {
    const expected = file("expected.jsonl", [open("1", undefined), open("2", undefined)]);
    const path = file("half.jsonl", [open("1", "liver")]);
    const words = ["score", path, ...strict, "--against", expected];
    expect(await caught(() => call(...words))).toMatchObject({
      code: "DATA_PREDICTIONS",
      message: expect.stringContaining('open-vqa "2" is missing'),
    });
    const { document } = await call(...words, "--missing", "wrong");
    expect(entryOf(document, "exact")).toMatchObject({ value: 0.5, n: 2 });
    expect(entryOf(document, "exact")?.signature).toMatch(/\|expected:1 of 2@[0-9a-f]{16}\|/);
    expect(document.rows).toMatchObject({ given: 1, expected: 2, scored: 2 });
    expect(scoreDocument.parse(document).warnings.map(({ code }) => code)).toContain("MISSING_SCORED_WRONG");
  });

  it("judges closed answers by log-probabilities where that is asked for and they are there", async () => {
    const path = file("closed.jsonl", [closed("1", { choiceLogProbs: [-1, -2], choiceTokens: [1, 4] })]);
    const value = async (...flags: readonly string[]) =>
      entryOf((await call("score", path, ...strict, ...flags)).document, "accuracy.micro");
    expect(await value()).toMatchObject({ value: 0, answerMode: null, majority: 1, unit: "case" });
    expect(await value("--answer", "loglik-sum")).toMatchObject({ value: 1, answerMode: "loglik-sum" });
    expect(await value("--answer", "loglik-token")).toMatchObject({ value: 0 });
    const bare = file("bare.jsonl", [closed("1")]);
    expect(await caught(() => call("score", bare, ...strict, "--answer", "loglik-sum"))).toMatchObject({
      code: "DATA_PREDICTIONS",
      message: expect.stringContaining('"1" has no choiceLogProbs'),
    });
    const chosen = file("chosen.jsonl", [closed("1", { answerMode: "loglik-sum" })]);
    expect(await caught(() => call("score", chosen, ...strict, "--answer", "generate"))).toMatchObject({
      message: expect.stringContaining("was answered by loglik-sum, not generated"),
    });
  });

  it("holds a gate, or ends with 1 and the numbers", async () => {
    const path = file("gated.jsonl", [open("1", "liver"), open("2", "liver")]);
    const gate = (limit: string) => call("score", path, ...strict, "--gate", `open-vqa/exact>=${limit}`);
    expect((await gate("1")).document.gates).toEqual([{ gate: "open-vqa/exact>=1", value: 1, held: true }]);
    expect(await caught(() => gate("2"))).toMatchObject({ code: "GATE_FAILED", exitCode: 1 });
  });

  it("tells one mistake as one problem", async () => {
    const error = await caught(() => call("score", "x.jsonl", "--profile", "strct"));
    expect(error.code).toBe("USAGE_INVALID");
    expect(error.message).toContain('did you mean "strict"?');
    expect(error.message).not.toContain("missing");
  });
});
