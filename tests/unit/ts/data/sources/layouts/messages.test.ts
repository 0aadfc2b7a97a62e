import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messagesSource, readAnswer } from "../../../../../../ts/data/sources/layouts/messages.ts";
import { caught } from "../../../../../support/caught.ts";
import { messagesExample } from "../../../../../support/layouts/others.ts";
import { crafted, page, plainTexts } from "../../../../../support/parquet/craft.ts";
import { writeByPyarrow } from "../../../../../support/parquet/tables.ts";
import { told, walked } from "../../../../../support/source-rows.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();

async function read(name: string, rows: readonly unknown[]) {
  const folder = join(root, `${name.replaceAll(/\W/g, "")}${rows.length}`, "data");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), rows.map((row) => JSON.stringify(row)).join("\n"));
  return await walked(await messagesSource.open(join(folder, "..")));
}

const said = (text: string, more: object = {}) => ({
  id: "r",
  messages: [
    { role: "system", content: "You are a radiologist." },
    {
      role: "user",
      content: [
        { type: "image", image: "a.nii.gz" },
        { type: "text", text: "What is seen?" },
      ],
    },
    { role: "assistant", content: text },
  ],
  ...more,
});

describe("rows of chat messages", () => {
  it("are reports where they say findings, answers where they do not, and a list of labels", async () => {
    const { path } = await messagesExample(join(root, "example"));
    const { items, cases } = await walked(await messagesSource.open(path));
    expect(cases.map(({ id, split }) => [id, split])).toEqual([
      ["scans/3.nii.gz", "test"],
      ["scans/1.nii.gz", "train"],
      ["scans/2.nii.gz", "train"],
    ]);
    expect(items.map(({ id, task, target, labels }) => [id, task, target, labels])).toEqual([
      ["r2/report", "report", "FINDINGS: a nodule.\nIMPRESSION: benign.", undefined],
      ["r2/labels", "open-vqa", "Lung nodule, Emphysema", ["Lung nodule", "Emphysema"]],
      ["r0/report", "report", "FINDINGS: a nodule.\nIMPRESSION: benign.", undefined],
      ["r0/labels", "open-vqa", "Lung nodule, Emphysema", ["Lung nodule", "Emphysema"]],
      ["r1", "open-vqa", "A plain answer.", undefined],
    ]);
    expect(items[0]?.extra).toEqual({ anatomy_region: "chest" });
  });

  it("name the image in a message, the split by the file, and the patient where they know one", async () => {
    const { cases, items, problems } = await read("validation-00000-of-00001.jsonl", [
      said("A cyst.", { patient: "p1" }),
    ]);
    expect(problems).toEqual([]);
    expect(cases[0]).toMatchObject({ id: "a.nii.gz", patient: "p1", split: "validation" });
    expect(items[0]).toMatchObject({ id: "r", question: "What is seen?", target: "A cyst." });
  });

  it("have no split where neither says one", async () => {
    expect((await read("rows.jsonl", [said("A cyst.")])).cases[0]?.split).toBeNull();
  });

  it("are told where nothing is said, no image is named, or it lies elsewhere", async () => {
    const { problems } = await read("test.jsonl", [
      { id: "x", image: "a.nii.gz", messages: [{ role: "user", content: "Q?" }] },
      { id: "y", messages: [] },
      { id: "z", image: "../a.nii.gz", messages: [] },
      said("<think>only thought</think>"),
      { id: "v", image: "a.nii.gz", messages: "text" },
    ]);
    expect(told(problems)).toEqual([
      "data/test.jsonl:2 the row names no image",
      'data/test.jsonl:3 "../a.nii.gz" leaves the folder',
      'data/test.jsonl:1 row "x" has no message of an assistant',
      'data/test.jsonl:4 the target of item "r" is empty',
      'data/test.jsonl:5 row "v" has no message of an assistant',
    ]);
  });

  it("are told where a message is none, and read where a part of one is", async () => {
    const { items, problems } = await read("test.jsonl", [
      { id: "n", image: "a.nii.gz", messages: [null] },
      {
        ...said("A cyst."),
        messages: [
          {
            role: "user",
            content: [null, { type: "text", text: "Q?" }, { type: "image", image: "a.nii.gz" }],
          },
          { role: "assistant", content: "A cyst." },
        ],
      },
    ]);
    expect(told(problems)).toEqual(['data/test.jsonl:1 row "n" has no message of an assistant']);
    expect(items.map(({ id, question }) => [id, question])).toEqual([["r", "Q?"]]);
  });

  it("are refused where there are none", async () => {
    mkdirSync(join(root, "none"));
    const error = await caught(() => messagesSource.open(join(root, "none")));
    expect([error.code, error.exitCode]).toEqual(["DATA_MANIFEST", 65]);
  });
});

describe("rows of chat messages in Parquet", () => {
  const part = (type: string, text: string | null, image: string | null) => ({ type, text, image });
  const row = (id: string, image: string, report: string) => ({
    id,
    messages: [
      { role: "user", content: [part("image", null, image), part("text", "Describe it.", null)] },
      { role: "assistant", content: [part("text", report, null)] },
    ],
    patient: `p-${image}`,
  });

  it("are one table in parts, whose parts and rows count in their order", async () => {
    const folder = join(root, "parquet");
    const data = join(folder, "data");
    mkdirSync(data, { recursive: true });
    const report = (n: number): string => `FINDINGS: nodule ${n}.`;
    writeByPyarrow({
      [join(data, "train-00000-of-00002.parquet")]: [1, 2, 3].map((n) =>
        row(`r${n}`, `${n}.nii.gz`, report(n)),
      ),
      [join(data, "train-00001-of-00002.parquet")]: [
        row("r4", "4.nii.gz", report(4)),
        row("r5", "../5.nii", "x"),
      ],
      [join(data, "test-00000-of-00001.parquet")]: [row("t1", "9.nii.gz", "A cyst.")],
    });
    const { cases, items, problems } = await walked(await messagesSource.open(folder));
    expect(cases.map(({ id, patient, split }) => [id, patient, split])).toEqual([
      ["9.nii.gz", "p-9.nii.gz", "test"],
      ...[1, 2, 3, 4].map((n) => [`${n}.nii.gz`, `p-${n}.nii.gz`, "train"]),
    ]);
    expect(items.map(({ id, task, target }) => [id, task, target])).toEqual([
      ["t1", "open-vqa", "A cyst."],
      ...[1, 2, 3, 4].map((n) => [`r${n}/report`, "report", report(n)]),
    ]);
    expect(items.at(-1)?.place).toEqual({ table: "data/train-00001-of-00002.parquet", row: 1 });
    expect(told(problems)).toContain('data/train-00001-of-00002.parquet:2 "../5.nii" leaves the folder');
    const named = await messagesSource.open(join(data, "train-00001-of-00002.parquet"));
    expect(named.tables).toEqual(["train-00001-of-00002.parquet"]);
    rmSync(join(data, "train-00000-of-00002.parquet"));
    expect(await caught(() => messagesSource.open(folder))).toMatchObject({
      code: "DATA_MANIFEST",
      what: `${folder} lacks parts of its tables: data/train-00000-of-00002.parquet`,
    });
  });

  it("are told of where they embed their picture", async () => {
    const column = { name: "image", type: 6, pages: [page(plainTexts(["xyz"]), { values: 1 })], entries: 1 };
    const folder = join(root, "embedded");
    mkdirSync(folder);
    writeFileSync(join(folder, "train.parquet"), crafted([column], 1));
    const { problems } = await walked(await messagesSource.open(folder));
    expect(told(problems)).toContain("train.parquet:1 the row names no image");
  });
});

describe("what was said", () => {
  it.each([
    ["plain", "plain", undefined],
    ["<think>a</think>b<answer>c, d</answer>", "b", "c, d"],
    ["<think>a</think><think>b</think>c", "c", undefined],
    ["a<answer>b</answer>c<answer>d</answer><answer>e", "ac<answer>e", "b"],
    ["x<answer></answer>", "x", undefined],
    ["a < b", "a < b", undefined],
  ])("in %j", (text, report, labels) => {
    expect(readAnswer(text)).toEqual({ report, labels });
  });

  it("is all of a text in which thoughts begin and none ends", () => {
    const text = "<think>".repeat(140_000);
    expect(readAnswer(text)).toEqual({ report: text, labels: undefined });
  });
});
