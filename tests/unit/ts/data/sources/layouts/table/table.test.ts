import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tableSource } from "../../../../../../../ts/data/sources/layouts/table/table.ts";
import { caught } from "../../../../../../support/caught.ts";
import { crafted, intColumn, textColumn } from "../../../../../../support/parquet/craft.ts";
import { told, walked } from "../../../../../../support/source-rows.ts";
import { temporaryFolder } from "../../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
let made = 0;

/** A folder of these tables. */
function folderOf(tables: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = join(root, `f${made++}`);
  mkdirSync(folder);
  for (const [name, text] of Object.entries(tables)) writeFileSync(join(folder, name), text);
  return folder;
}

async function read(
  tables: Readonly<Record<string, string | Uint8Array>>,
  columns?: Readonly<Record<string, string>>,
) {
  const folder = folderOf(tables);
  return { folder, ...(await walked(await tableSource.open(folder, { columns }))) };
}

describe("a folder of one's own", () => {
  it("joins scans and questions of several tables, in any order of columns", async () => {
    const { folder, cases, items, problems } = await read({
      "a-scans.csv":
        'split,image,case,report,patient,age\ntrain,s/1.nii.gz,c1,"Grö\nße ""normal""",p1,61\nvalid,/abs/2.nii,c2,,p2,\n',
      "questions.tsv":
        "question\tcase\tanswer\tchoices\ttype\nWhich?\tc1\tB\taxial|coronal|NA\tplane\nIs it?\tc2\tyes\tyes|no\t\nWhere?\tc2\tleft lung\t\tlocation\n",
    });
    expect(problems).toEqual([]);
    expect(cases.map(({ id, patient, paths, split }) => [id, patient, ...paths, split])).toEqual([
      ["c1", "p1", join(folder, "s/1.nii.gz"), "train"],
      ["c2", "p2", "/abs/2.nii", "validation"],
    ]);
    expect(
      items.map(({ case: of, task, type, choices, target }) => [of, task, type, choices, target]),
    ).toEqual([
      ["c1", "report", undefined, undefined, 'Grö\nße "normal"'],
      ["c1", "closed-vqa", "plane", ["axial", "coronal", "NA"], "coronal"],
      ["c2", "closed-vqa", undefined, ["yes", "no"], "yes"],
      ["c2", "open-vqa", "location", undefined, "left lung"],
    ]);
    expect(items[0]?.extra).toEqual({ age: "61" });
    expect(items.map(({ id }) => id)).toEqual([
      "a-scans.csv:2",
      "questions.tsv:2",
      "questions.tsv:3",
      "questions.tsv:4",
    ]);
  });

  it("reads JSON Lines with lists of two to eight choices, and keeps other keys", async () => {
    const eight = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const rows = [
      { case: "c1", image: "1.nii", id: "q1", question: "Q?", choices: eight, answer: "h", score: 3 },
      { case: "c1", image: "1.nii", id: "q2", question: "R?", choices: ["A", "B"], answer: "A" },
    ];
    const { cases, items, problems } = await read({
      "t.jsonl": rows.map((row) => JSON.stringify(row)).join("\n"),
    });
    expect(problems).toEqual([]);
    expect(cases).toHaveLength(1);
    expect(items.map(({ id, target, extra }) => [id, target, extra])).toEqual([
      ["q1", "h", { score: "3" }],
      ["q2", "A", undefined],
    ]);
  });

  it("takes columns of other names where it is told so, and refuses a column that it does not know", async () => {
    const table = { "t.csv": "Scan,Befund\n1.nii,ohne Befund\n" };
    const { cases, items, problems } = await read(table, { image: "Scan", report: "Befund" });
    expect(problems).toEqual([]);
    expect([cases[0]?.id, items[0]?.target]).toEqual(["1.nii", "ohne Befund"]);
    const error = await caught(() => read(table, { imgae: "Scan" }));
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.message).toContain('"imgae", did you mean "image"?');
  });

  it("never takes a column that is nearly ours for it, and tells it once", async () => {
    const { problems, items } = await read({
      "t.csv": "case,image,Report,date\nc1,1.nii,x,2020\nc1,1.nii,y,2020\n",
    });
    expect(told(problems)).toEqual(['t.csv:2 column "Report" is not read, did you mean "report"?']);
    expect(problems[0]?.hint).toContain('columns: { report: "Report" }');
    expect(items).toEqual([]);
  });

  it("tells all that is wrong, each with case, table and row, and keeps what is right", async () => {
    const { cases, items, problems } = await read({
      "t.csv":
        "id,case,patient,image,split,question,choices,answer\n" +
        "1,c1,p1,1.nii,train,Q?,a|b,c\n" +
        "2,c2,p2,../2.nii,train,Q?,a|b,a\n" +
        "3,c3,p3,3.nii,trian,Q?,a|b,a\n" +
        "4,c4,p1,4.nii,test,Q?,a|b,a\n" +
        "5,c1,p1,other.nii,train,Q?,a|b,a\n" +
        "6,,,,,Q?,a|b,a\n" +
        "7,c1,p1,,,Q?,,\n" +
        "8,c1,p1,,,,a|b,a\n" +
        "9,c9,,,,Q?,a|b,a\n" +
        "1,c1,p1,,,Q?,a|-,a\n" +
        "11,c1,p1,,,Q?,a|b,B\n",
    });
    expect(told(problems)).toEqual([
      't.csv:3 "../2.nii" leaves the folder of its table',
      't.csv:4 the split is "trian", did you mean "train"?',
      't.csv:5 patient "p1" is in train and with case "c4" in test',
      't.csv:6 case "c1" stands twice, with other scans or patients',
      't.csv:7 the row has neither "case" nor "image"',
      't.csv:2 the target "c" of item "1" is none of its choices "a", "b"',
      "t.csv:8 the row has a question without an answer",
      "t.csv:9 the row has no question",
      't.csv:10 item "9" is of case "c9", which is not there',
      expect.stringContaining('t.csv:11 item "1" leaves no choice: 1 of 2 options is there'),
    ]);
    expect(problems.map(({ case: of }) => of)).toEqual([
      "c2",
      "c3",
      "c4",
      "c1",
      undefined,
      "c1",
      "c1",
      "c1",
      "c9",
      "c1",
    ]);
    expect(cases.map(({ id }) => id)).toEqual(["c1"]);
    expect(items.map(({ id }) => id)).toEqual(["5", "11"]);
  });

  it("tells what cannot be read of a table once", async () => {
    const { problems } = await read({ "t.csv": "case,image,report\nc1,1.nii\n", "u.jsonl": '{"case":' });
    expect(told(problems)).toEqual([
      "t.csv:2 the row has 2 fields, the header 3",
      "u.jsonl:1 the line is not JSON",
    ]);
  });

  it("counts its rows, may be named by one table, and is refused where there is none", async () => {
    const folder = folderOf({
      "t.csv": "case,image,report\nc1,1.nii,x\n",
      "u.csv": "case,question,answer\nc1,Q?,a\n",
    });
    expect(await tableSource.count(folder)).toEqual({ cases: 1, items: 2 });
    expect(await tableSource.count(join(folder, "t.csv"))).toEqual({ cases: 1, items: 1 });
    const error = await caught(() => tableSource.open(folderOf({ "a.txt": "" })));
    expect([error.code, error.exitCode]).toEqual(["DATA_MANIFEST", 65]);
  });

  it("has a row neither text nor list told by its column", async () => {
    const { problems } = await read({
      "t.jsonl": '{"case":"c1","image":{"a":1}}\n{"case":"c2","image":"2.nii","choices":[1]}',
    });
    expect(told(problems)).toEqual([
      't.jsonl:1 "image" is not text',
      't.jsonl:2 "choices" is not a list of texts',
    ]);
  });
});

describe("tables in Parquet", () => {
  const scans = crafted(
    [
      textColumn("case", ["c1", "c2"]),
      textColumn("image", ["1.nii.gz", "2.nii.gz"]),
      textColumn("split", ["train", "valid"]),
    ],
    2,
  );
  const questions = crafted(
    [
      textColumn("case", ["c1", "c2", "c2"]),
      textColumn("question", ["How large?", "Is it?", "Half?"]),
      textColumn("choices", ["", "yes|no", ""]),
      textColumn("answer", ["12 mm", "B", ""]),
      intColumn("reader", [1, 2, 3]),
    ],
    3,
  );

  it("are joined with those in text, numbers of other columns are kept", async () => {
    const { cases, items, problems } = await read({
      "a.parquet": scans,
      "b.parquet": questions,
      "c.csv": "case,report\nc1,A nodule.\n",
    });
    expect(cases.map(({ id, split }) => [id, split])).toEqual([
      ["c1", "train"],
      ["c2", "validation"],
    ]);
    expect(items.map(({ id, task, target }) => [id, task, target])).toEqual([
      ["b.parquet:1", "open-vqa", "12 mm"],
      ["b.parquet:2", "closed-vqa", "no"],
      ["c.csv:2", "report", "A nodule."],
    ]);
    expect(items[0]?.extra).toEqual({ reader: "1" });
    expect(told(problems)).toEqual(["b.parquet:3 the row has a question without an answer"]);
  });

  it("are told of with table and row where one is cut, and the others are read", async () => {
    const { cases, problems } = await read({ "a.parquet": scans, "b.parquet": questions.subarray(0, 60) });
    expect(cases).toHaveLength(2);
    expect(told(problems)).toEqual([
      "b.parquet:1 the table does not end as a Parquet file does: it was cut off",
    ]);
  });
});
