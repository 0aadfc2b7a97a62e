import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { call } from "../support/call.ts";
import { caught } from "../support/caught.ts";
import { jsonLines, messyRows } from "../support/messy-rows.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type ZipPart, zipOf } from "../support/zip.ts";

/** Documents of every kind, and a log that names them: one start of Python derives all of them. */
const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

const texts = "exact,tokenF1,bleu1,bleu2,bleu4,bleu1.corpus,bleu3.corpus,bleu4.corpus,cider";
const rouges = ["1", "2", "L"].flatMap((order) =>
  ["", ".stem", ".words"].map((how) => `rouge${order}${how}`),
);

async function document(name: string, ...words: readonly string[]): Promise<void> {
  writeFileSync(at(name), JSON.stringify((await call(...words)).document));
}

beforeAll(async () => {
  const items = { patients: 24 };
  writeFileSync(at("a.jsonl"), jsonLines(messyRows({ seed: 1, skill: 0.5, ...items })));
  writeFileSync(at("b.jsonl"), jsonLines(messyRows({ seed: 2, skill: 0.8, ...items })));
  writeFileSync(at("c.jsonl"), jsonLines(messyRows({ seed: 3, skill: 0.8, ...items })));
  writeFileSync(
    at("lists.jsonl"),
    jsonLines(messyRows({ seed: 4, patients: 7, skill: 0.7, hasLists: true })),
  );
  writeFileSync(at("one.jsonl"), jsonLines(messyRows({ seed: 5, patients: 1, skill: 0.7 })));
  const every = ["accuracy", texts, ...rouges].join(",");
  await document("strict-scorecard.json", "score", at("a.jsonl"), "--profile", "strict", "--metrics", every);
  for (const file of ["lists", "one"])
    await document(`${file}-scorecard.json`, "score", at(`${file}.jsonl`), "--profile", "lenient");
  await document("m3d-scorecard.json", "score", at("b.jsonl"), "--profile", "m3d-compat");
  for (const mode of ["loglik-sum", "loglik-token"])
    await document(`${mode}-scorecard.json`, "score", at("a.jsonl"), "--profile", "strict", "--answer", mode);
  const spatial = ["--metrics", "accuracy,rouge1,rouge2,rougeL,bleu4.corpus"];
  await document("spatial-scorecard.json", "score", at("a.jsonl"), "--profile", "ct-spatial-vqa", ...spatial);
  const labelled = messyRows({ seed: 1, skill: 0.5, ...items }).filter(
    (row) => "task" in row && row.task === "report",
  );
  const bits = (from: number): readonly number[] =>
    Array.from({ length: 18 }, (_, at) => ((at * from) % 7 === 1 ? 1 : 0));
  const vectors = labelled.map((row, at) => ({
    ...row,
    labels: { target: bits(at + 1), prediction: bits(at % 5 === 0 ? at : at + 1) },
  }));
  writeFileSync(at("labels.jsonl"), jsonLines(vectors));
  const ofLabels = ["--metrics", "labels.f1.macro,labels.f1.micro,crg,cider"];
  await document("labels-scorecard.json", "score", at("labels.jsonl"), "--profile", "strict", ...ofLabels);
  const short = jsonLines(messyRows({ seed: 1, skill: 0.5, ...items }).slice(3));
  writeFileSync(at("short.jsonl"), short);
  const against = ["--against", at("a.jsonl"), "--missing", "wrong"];
  await document("missing-scorecard.json", "score", at("short.jsonl"), "--profile", "strict", ...against);
  const said = (judge: string, step: number) =>
    messyRows({ seed: 1, skill: 0.5, ...items }).map((row, at) => {
      const { id, task } = row as { readonly id: string; readonly task: string };
      return { id, task, judge, value: 1 + ((at * step) % 5), signature: "form v2, blind" };
    });
  const judges = jsonLines([{ bounds: [1, 5] }, ...said("first", 2), ...said("second", 3)]);
  writeFileSync(at("judged.jsonl"), judges);
  const judged = ["--judged", at("judged.jsonl"), "--gate", "report/judge.first>=1"];
  await document("judged-scorecard.json", "score", at("a.jsonl"), "--profile", "strict", ...judged);
  const mirrored = messyRows({ seed: 2, skill: 0.8, ...items }).map((row) => {
    const { id, case: scan } = row as { readonly id: string; readonly case: string };
    return { ...row, id: `m-${id}`, case: `m-${scan}` };
  });
  writeFileSync(at("mirrored.jsonl"), jsonLines(mirrored.toReversed()));
  const pairs = mirrored.map(({ id }) => ({ a: id.slice(2), b: id }));
  writeFileSync(at("pairs.jsonl"), jsonLines([...new Map(pairs.map((pair) => [pair.b, pair])).values()]));
  const both = [at("a.jsonl"), at("mirrored.jsonl"), "--mapping", at("pairs.jsonl")];
  await document("mapped-results.json", "compare", ...both, "--profile", "strict");
  const table = [
    "id,case,subject,task,type,choices,target,prediction",
    'q1,c1,P1,closed-vqa,organ,liver|spleen,A,"A. liver"',
    'q2,c2,P2,closed-vqa,"[""organ"",""side""]",liver|spleen,B,"no, ""A"""',
    'q3,c2,P2,open-vqa,organ,,"a cyst, small","a cyst,\nsmall"',
  ];
  writeFileSync(at("table.csv"), table.join("\n"));
  const sample = (id: number, content: unknown): ZipPart => ({
    name: `samples/${id}_epoch_1.json`,
    content: JSON.stringify({
      id,
      epoch: 1,
      input: "Q?",
      choices: ["liver", "spleen"],
      target: "B",
      output: { choices: [{ message: { content } }] },
      metadata: { case: `c${id}`, patient: `P${id}` },
    }),
  });
  writeFileSync(at("log.eval"), zipOf([sample(1, "B"), sample(2, [{ type: "text", text: "A. liver" }])]));
  for (const file of ["table.csv", "log.eval"])
    await document(`${file}-scorecard.json`, "score", at(file), "--profile", "strict");
  await document("pair-results.json", "compare", at("a.jsonl"), at("b.jsonl"), "--profile", "lenient");
  const seeds = [`old=${at("a.jsonl")},${at("c.jsonl")}`, `new=${at("b.jsonl")},${at("c.jsonl")}`];
  await document("seeds-results.json", "compare", ...seeds, "--profile", "strict");
  writeFileSync(
    at("LOG.md"),
    `# Log\n\n${[
      "strict",
      "lists",
      "one",
      "m3d",
      "loglik-sum",
      "loglik-token",
      "spatial",
      "missing",
      "labels",
      "judged",
      "table.csv",
      "log.eval",
    ]
      .map((name) => `- held: ${name}-scorecard.json`)
      .join("\n")}\n- [pair](pair-results.json), mapped-results.json, seeds-results.json\n`,
  );
});

describe("tomoe verify", () => {
  it("derives every figure of scorecards and comparisons of all profiles, modes and languages", async () => {
    const { document: told, text } = await call("verify", at("LOG.md"));
    expect(told).toMatchObject({ ok: true, tolerances: { value: 1e-12, interval: 1e-9 } });
    expect(told.figures).toBe(told.equal);
    expect(told.figures).toBeGreaterThan(1500);
    expect(told.by).toMatchObject({ libraries: { numpy: expect.any(String), "rouge-score": "0.1.2" } });
    expect((told.inputs as readonly object[]).length).toBe(15 + 12);
    expect(text).toContain("figures derived again, by Python");
  });

  it("names every figure that was changed, every row file that was altered, and nothing else", async () => {
    const content = JSON.parse(readFileSync(at("pair-results.json"), "utf8"));
    const [entry] = content.comparison;
    const printed = { ...entry, ciLow: entry.ciLow + 1e-8, verdict: "second is lower", n: entry.n + 1 };
    content.comparison[0] = printed;
    writeFileSync(at("changed-results.json"), JSON.stringify(content));
    copyFileSync(at("m3d-scorecard.json"), at("altered-scorecard.json"));
    writeFileSync(at("altered.jsonl"), `${readFileSync(at("b.jsonl"), "utf8")}\n`);
    writeFileSync(
      at("altered-scorecard.json"),
      readFileSync(at("m3d-scorecard.json"), "utf8").replace("b.jsonl", "altered.jsonl"),
    );
    mkdirSync(at("bad"));
    writeFileSync(at("bad/LOG.md"), "../changed-results.json, ../altered-scorecard.json, runs/gone\n");
    const error = await caught(() => call("verify", at("bad/LOG.md")));
    expect(error).toMatchObject({ code: "RECORD_INVALID", exitCode: 65 });
    const { differing, missing } = error.details as unknown as {
      readonly differing: readonly { readonly figure: string; readonly printed: unknown }[];
      readonly missing: readonly { readonly figure: string; readonly why: string }[];
    };
    const name = `${entry.task}/${entry.metric} (a and b)`;
    expect(differing.map(({ figure }) => figure).sort()).toEqual(
      [`${name}.ciLow`, `${name}.n`, `${name}.verdict`].sort(),
    );
    expect(differing.find(({ figure }) => figure.endsWith(".ciLow"))?.printed).toBe(printed.ciLow);
    expect(missing.find(({ figure }) => figure === "runs/gone")?.why).toContain("it is not there");
    expect(missing.filter(({ why }) => why.includes("altered")).length).toBeGreaterThan(5);
    expect(error.what).toContain(`${name}.ciLow: printed ${printed.ciLow}`);
  });
});
