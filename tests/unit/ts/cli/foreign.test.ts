import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { scoreDocument } from "../../../../ts/cli/commands/score/document.ts";
import { call } from "../../../support/call.ts";
import { caught } from "../../../support/caught.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";
import { zipOf } from "../../../support/zip.ts";

const folder = temporaryFolder();

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
const score = async (path: string) =>
  scoreDocument.parse((await call("score", path, "--profile", "strict")).document);
const refusal = async (path: string) => await caught(() => call("score", path, "--profile", "strict"));

const header = "id,case,subject,task,type,choices,target,prediction";
const table = [
  header,
  'q1,c1,P1,closed-vqa,organ,liver|spleen,A,"A. liver"',
  'q2,c1,P1,closed-vqa,"[""organ"",""side""]",liver|spleen,B,"no, ""A"""',
  'q3,c2,P2,open-vqa,organ,,"a cyst, small","a cyst,\nsmall"',
];

describe("predictions of other programs", () => {
  it("in a table are its rows, quoted cells with commas, quotes and line ends among them", async () => {
    const { scorecard, rows, inputs } = await score(file("a.csv", `\ufeff${table.join("\r\n")}\r\n`));
    expect(rows).toMatchObject({ given: 3, scored: 3 });
    expect(inputs[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(scorecard.find(({ metric }) => metric === "accuracy.micro")).toMatchObject({ value: 0.5, n: 2 });
    expect(scorecard.find(({ metric }) => metric === "rouge1")?.value).toBe(1);
    expect((await score(file("a.tsv", table.slice(0, 2).join("\n").replaceAll(",", "\t")))).rows.given).toBe(
      1,
    );
  });

  it.each([
    [
      "a column that is missing",
      "id,case,task,target\nq,c,report,x\n",
      'row 1: the header has no column "prediction"',
    ],
    [
      "a column of another name",
      `${header},predction\n${table[1]},x\n`,
      'row 2: "predction" is no key of a row',
    ],
    ["a column twice", `${header},id\n${table[1]},x\n`, 'the header names column "id" twice'],
    ["a row of fewer fields", `${header}\nq1,c1\n`, "row 2: the row has 2 fields, the header 8"],
    ["a quote that is not closed", `${header}\nq1,c1,"P1\n`, "is never closed"],
    ["semicolons", `${header.replaceAll(",", ";")}\n`, "it is not separated by commas"],
    ["an id twice", [...table, table[1]].join("\n"), "row 5"],
    ["a list that is no JSON", `${header}\nq1,c1,P1,closed-vqa,[organ,a|b,A,A\n`, "row 2: type is no JSON"],
    [
      "NUL bytes",
      `${header}\nq1,c1,P1,open-vqa,,,liver,li\0ver\n`,
      "1 problem in 1 prediction row:\nrow 2: prediction holds NUL bytes",
    ],
    [
      "a key twice in a cell",
      `${header},meta\n${table[1]},"{""a"":1,""a"":2}"\n`,
      'row 2: meta: the key "a" stands twice in one object',
    ],
    [
      "a row that is too long",
      `${header}\nq1,c1,P1,open-vqa,,,liver,${"x".repeat(2 ** 20)}\n`,
      "row 2: a row of more than 1048576 characters",
    ],
    ["nothing", "", "the table is empty"],
  ])("in a table with %s are refused by its row", async (_what, content, told) => {
    const error = await refusal(file("bad.csv", content));
    expect(error.code).toBe("DATA_PREDICTIONS");
    expect(error.message).toContain(told);
  });

  it("in a table of UTF-16 are refused with what makes UTF-8 of it", async () => {
    const { message } = await refusal(file("wide.csv", Buffer.from(`\ufeff${table.join("\n")}`, "utf16le")));
    expect(message).toContain(
      "row 1: the table is UTF-16, not UTF-8; Write the table as UTF-8: iconv -f utf-16",
    );
  });

  it("in a table that is no UTF-8 are refused by its row", async () => {
    const error = await refusal(
      file("latin.csv", Buffer.from(`${header}\nq1,c1,P1,open-vqa,,,caf\xe9,x\n`, "latin1")),
    );
    expect([error.code, error.message.includes("row 2")]).toEqual(["DATA_PREDICTIONS", true]);
  });

  const sample = (id: number, more = ""): { readonly name: string; readonly content: string } => ({
    name: `samples/${id}_epoch_1.json`,
    content: `{"id":${id},"epoch":1,"input":"NaN?","target":"liver","output":{"completion":"the liver is NaN"},"metadata":{"case":"c${id}"},"scores":{"x":{"value":NaN,"low":-Infinity}}${more}}`,
  });

  it("in an Inspect log are its samples, NaN where Python writes it", async () => {
    const log = zipOf([{ name: "header.json", content: "{}" }, sample(1), sample(2)]);
    const { rows, scorecard, warnings } = await score(file("log.eval", log));
    expect(rows).toMatchObject({ given: 2, scored: 2 });
    expect(scorecard.find(({ metric }) => metric === "rouge1")?.value).toBeCloseTo(0.4, 12);
    expect(warnings.map(({ code }) => code)).toContain("FORMAT_READ");
  });

  it.each([
    [
      "a sample that is no JSON",
      zipOf([{ name: "samples/1.json", content: "{" }]),
      "samples/1.json: it is no JSON",
    ],
    [
      "a sample whose text is cut between quotes",
      zipOf([{ name: "samples/1.json", content: `{"input":"${'\\"'.repeat(200_000)}` }]),
      "samples/1.json: it is no JSON",
    ],
    [
      "a sample without an answer",
      zipOf([sample(1, ',"output":{}')]),
      "samples/1_epoch_1.json: the sample has neither",
    ],
  ])("in an Inspect log with %s are refused by its name", async (_what, log, told) => {
    const error = await refusal(file("bad.eval", log));
    expect([error.code, error.exitCode]).toEqual(["DATA_PREDICTIONS", 65]);
    expect(error.message).toContain(told);
  });

  const told = (log: Buffer | string, name: string) =>
    score(file(name, log)).then(({ warnings }) => warnings);

  it("in an Inspect log that was run again are the last sample of a name", async () => {
    const again = { ...sample(1), content: sample(1).content.replace("the liver is NaN", "liver") };
    const { rows, scorecard } = await score(file("again.eval", zipOf([sample(1), sample(2), again])));
    expect(rows.given).toBe(2);
    expect(scorecard.find(({ metric }) => metric === "exact")?.value).toBe(0.5);
  });

  it.each([
    ["cancelled", '{"status":"cancelled"}', '"cancelled"'],
    ["still written, without a header", "", '"started"'],
  ])("in an Inspect log that is %s may lack items, which is told", async (_what, content, status) => {
    const parts = content === "" ? [sample(1)] : [{ name: "header.json", content }, sample(1)];
    const found = (await told(zipOf(parts), "open.eval")).find(({ code }) => code === "LOG_NOT_FINISHED");
    expect(found?.message).toContain(status);
    const done = zipOf([{ name: "header.json", content: '{"status":"success","x":NaN}' }, sample(1)]);
    expect((await told(done, "done.eval")).map(({ code }) => code)).not.toContain("LOG_NOT_FINISHED");
  });

  const document = (samples: readonly string[], status = "success"): string =>
    `{\n  "version": 2,\n  "status": "${status}",\n  "eval": {"task": "t", "list": [{"id": 9}]},\n  "samples": [${samples.join(",\n")}],\n  "reductions": [{"id": 3, "x": Infinity}]\n}`;
  const texts = [1, 2].map((id) => sample(id).content);

  it("in an Inspect log that is one JSON document are its samples alone", async () => {
    const { rows, scorecard, warnings } = await score(file("log.json", document(texts)));
    expect(rows).toMatchObject({ given: 2, scored: 2 });
    expect(scorecard.find(({ metric }) => metric === "rouge1")?.value).toBeCloseTo(0.4, 12);
    expect(warnings.map(({ code }) => code)).not.toContain("LOG_NOT_FINISHED");
    expect((await told(document(texts, "error"), "failed.json"))[1]?.code).toBe("LOG_NOT_FINISHED");
  });

  it.each([
    ["cut", document(texts).slice(0, -90), "the file ends before its JSON does"],
    ["damaged in a sample", document(["{}", '{"id": 1 2}']), "sample 2: it is no JSON"],
    [
      "not UTF-8",
      Buffer.from(document(texts).replace("the liver", "caf\xe9"), "latin1"),
      "sample 1: it is no JSON",
    ],
  ])("in an Inspect log in JSON that is %s are refused", async (_what, content, problem) => {
    const error = await refusal(file("bad.json", content));
    expect([error.code, error.message.includes(problem)]).toEqual(["DATA_PREDICTIONS", true]);
  });

  it("in an Inspect log in JSON without samples are none; another JSON file is no log", async () => {
    expect((await refusal(file("none.json", document([])))).code).toBe("DATA_EMPTY");
    const rows = `${JSON.stringify({ id: "a", case: "c", task: "report", target: "x", prediction: "x" })}\n`;
    expect((await score(file("rows.json", rows))).rows.given).toBe(1);
    expect((await refusal(file("list.json", "[{}]"))).message).toContain("found a list");
  });

  it("in an Inspect log without samples, or that is cut, are refused", async () => {
    expect((await refusal(file("empty.eval", zipOf([{ name: "header.json", content: "{}" }])))).code).toBe(
      "DATA_EMPTY",
    );
    const cut = zipOf([sample(1)]).subarray(0, 50);
    expect((await refusal(file("cut.eval", cut))).code).toBe("DATA_TRUNCATED");
    expect((await refusal(join(folder, "none.eval"))).code).toBe("PATH_NOT_FOUND");
  });
});
