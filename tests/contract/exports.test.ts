import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeEveryEval, writeInspectLog } from "../../ts/run/eval/record/exports.ts";
import { call } from "../support/call.ts";
import { exportOf } from "../support/exports.ts";
import { jsonLines, messyRows } from "../support/messy-rows.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const here = (path: string): string => new URL(path, import.meta.url).pathname;

interface Answer {
  readonly zipfile: {
    readonly damaged: string | null;
    readonly names: readonly string[];
    readonly header: { readonly status: string };
  };
  readonly inspect: {
    readonly status: string;
    readonly numbers: Readonly<Record<string, number>>;
    readonly said: Readonly<Record<string, string>>;
    readonly cut: readonly string[];
    readonly scores: Readonly<Record<string, Readonly<Record<string, number>>>>;
    readonly summaries: number;
  } | null;
}

// A Python that has inspect-ai may be named; our own runtime does not.
const python = process.env.TOMOE_INSPECT_PYTHON ?? here("../../.venv/bin/python");

function readByPython(path: string): Answer {
  const done = spawnSync(python, [here("../support/read_exports.py")], {
    input: JSON.stringify({ path }),
    encoding: "utf8",
  });
  expect(done.stderr).toBe("");
  return JSON.parse(done.stdout) as Answer;
}

describe("an Inspect log as other programs read it", () => {
  it("is a whole archive, and what Inspect reads is what was written", async () => {
    if (!existsSync(python)) {
      console.error("exports: not read by Python, there is no .venv");
      return;
    }
    const made = exportOf();
    await writeInspectLog(at("log.eval"), made, {});
    const { zipfile, inspect } = readByPython(at("log.eval"));
    expect(zipfile).toMatchObject({ damaged: null, header: { status: "success" } });
    expect(zipfile.names.filter((name) => name.startsWith("samples/")).length).toBe(made.rows.length);
    if (inspect === null) {
      console.error("exports: not read by Inspect, inspect-ai is not installed (TOMOE_INSPECT_PYTHON)");
      return;
    }
    expect(inspect).toMatchObject({ status: "success", summaries: made.rows.length });
    expect(inspect.numbers).toEqual(
      Object.fromEntries(made.entries.map(({ task, metric, value }) => [`${task}/${metric}`, value])),
    );
    expect(inspect.said["closed-vqa q0"]).toBe("A. liver");
    expect(inspect.cut).toEqual(["report q0"]);
    expect(inspect.scores["closed-vqa q0"]?.["closed-vqa/accuracy.micro"]).toBe(1);
  });
});

describe("figures of an export", () => {
  it("are derived again from the export itself, judges' shares among them", async () => {
    const made = exportOf();
    await writeInspectLog(at("own.eval"), made, {});
    const [, samples = ""] = await writeEveryEval(at("own.eee"), made, {});
    const judged = made.rows.map(({ id, task }, index) => ({
      id,
      task,
      judge: "reader",
      value: 1 + (index % 5),
      signature: "form v2",
    }));
    const ids = new Map(made.rows.map(({ id, task }) => [`${task} ${id}`, `${task} ${id}`]));
    writeFileSync(at("judged.jsonl"), jsonLines([{ bounds: [1, 5], threshold: 4 }, ...judged]));
    writeFileSync(
      at("judged-log.jsonl"),
      jsonLines([
        { bounds: [1, 5], threshold: 4 },
        ...judged.map((one) => ({ ...one, id: ids.get(`${one.task} ${one.id}`) })),
      ]),
    );
    const words = ["--profile", "strict", "--judged"];
    const documents = [
      await call("score", samples, ...words, at("judged.jsonl")),
      // Ids of two tasks have their task before them in a log.
      await call("score", at("own.eval"), ...words, at("judged-log.jsonl")),
    ];
    for (const [index, { document }] of documents.entries())
      writeFileSync(at(`${index}-scorecard.json`), JSON.stringify(document));
    writeFileSync(at("LOG.md"), "- 0-scorecard.json\n- 1-scorecard.json\n");
    const { document } = await call("verify", at("LOG.md"));
    expect(document).toMatchObject({ ok: true });
    expect(document.equal).toBe(document.figures);
    expect(document.figures).toBeGreaterThan(250);
    expect(documents.map((one) => JSON.stringify(one.document).match(/judges\.share/g)?.length)).toEqual([
      7, 7,
    ]);
  });

  it("of rows of every script and task are those of the rows", async () => {
    writeFileSync(at("messy.jsonl"), jsonLines(messyRows({ seed: 8, patients: 9, skill: 0.6 })));
    const words = ["--profile", "lenient", "--model", "a/b"];
    const files = [at("messy.eval"), at("messy.eee")].flatMap((path) => ["--out", path]);
    const { document } = await call("score", at("messy.jsonl"), ...words, ...files);
    const again = await call("score", at("messy.eval"), "--profile", "lenient");
    expect(again.document.scorecard).toEqual(document.scorecard);
  });
});
