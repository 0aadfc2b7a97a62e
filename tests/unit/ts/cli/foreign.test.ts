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
    ["nothing", "", "the table is empty"],
  ])("in a table with %s are refused by its row", async (_what, content, told) => {
    const error = await refusal(file("bad.csv", content));
    expect(error.code).toBe("DATA_PREDICTIONS");
    expect(error.message).toContain(told);
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
      "a sample without an answer",
      zipOf([sample(1, ',"output":{}')]),
      "samples/1_epoch_1.json: the sample has neither",
    ],
  ])("in an Inspect log with %s are refused by its name", async (_what, log, told) => {
    const error = await refusal(file("bad.eval", log));
    expect([error.code, error.exitCode]).toEqual(["DATA_PREDICTIONS", 65]);
    expect(error.message).toContain(told);
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
