import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { measureElsewhere } from "../../../../../ts/cli/measured/measured.ts";
import type { PredictionRow } from "../../../../../ts/eval/index.ts";
import { caught } from "../../../../support/caught.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const rows: readonly PredictionRow[] = [
  { id: "1", case: "c", task: "open-vqa", target: "a cyst", prediction: "a cyst" },
  { id: "2", case: "c", task: "open-vqa", target: "a cyst", prediction: " " },
];
const weights = new Map();
const call = { signal: new AbortController().signal };
const folder = temporaryFolder();
const before = process.env.NLTK_DATA;
// A folder without WordNet: NLTK also looks into places of its own, where none is either on a machine of ours.
process.env.NLTK_DATA = folder;
afterAll(() => {
  if (before === undefined) delete process.env.NLTK_DATA;
  else process.env.NLTK_DATA = before;
});

describe("a metric of a reference library, where no worker runs", () => {
  it("is not started where nobody asks for it", async () => {
    expect(await measureElsewhere(call, rows, { profile: "strict", tasks: undefined, weights })).toEqual({
      measured: new Map(),
      files: [],
      warnings: [],
    });
  });

  it("is refused with what is missing where it was asked for, and left out with the reason where it was not", async () => {
    const asked = { "open-vqa": { metrics: ["meteor"] } };
    const error = await caught(() =>
      measureElsewhere(call, rows, { profile: "strict", tasks: asked, weights }),
    );
    expect(error).toMatchObject({ code: "ENVIRONMENT", exitCode: 78 });
    expect(error.what).toContain("METEOR needs WordNet 3.0");
    const { measured, warnings } = await measureElsewhere(call, rows, {
      profile: "ct-spatial-vqa",
      tasks: undefined,
      weights,
    });
    expect(measured.size).toBe(0);
    expect(warnings).toEqual([
      { code: "METRIC_LEFT_OUT", message: expect.stringContaining("METEOR needs WordNet 3.0") },
    ]);
  });

  it("is refused before anything is started where its weights are not given, with the reason and what to give", async () => {
    const asked = { "open-vqa": { metrics: ["bertscore"] } };
    const error = await caught(() =>
      measureElsewhere(call, rows, { profile: "strict", tasks: asked, weights }),
    );
    expect(error).toMatchObject({ code: "ENVIRONMENT", exitCode: 78, details: { metric: "bertscore" } });
    expect(error.what).toContain("needs the weights of a model, and none were given");
    expect(error.hint).toContain('--weights "bertscore=FOLDER,layer=N"');
  });

  it("of reports is refused for want of weights first, and then of an environment that has its package", async () => {
    const report = rows.map((row) => ({ ...row, task: "report" }) as PredictionRow);
    const tasks = { report: { metrics: ["radeval.radgraph"] } };
    const told = async (given: typeof weights) =>
      await caught(() => measureElsewhere(call, report, { profile: "strict", tasks, weights: given }));
    const bare = await told(weights);
    expect(bare.what).toContain('metric "radeval.radgraph" needs the weights of a model');
    expect(bare.hint).toContain('--weights "radeval.radgraph=FOLDER"');
    expect(bare.hint).toContain("radiographs, CT and MR");
    delete process.env.TOMOE_RADEVAL_PYTHON;
    const folder = { folder: "/none", layer: null, idf: false, baseline: null };
    expect((await told(new Map([["radeval.radgraph", folder]]))).what).toContain(
      "TOMOE_RADEVAL_PYTHON names none",
    );
  });

  it("of reports is asked of the Python that the user names, with the folder alone, and names the files it read", async () => {
    const [request, python] = [join(folder, "request.json"), join(folder, "python")];
    const document = {
      ok: true,
      signature: "radeval@2.2.1(radgraph,x,weights:2@0123)",
      scores: [0.5, 0],
      files: ["a", "b"].map((name) => ({
        system: "radeval.radgraph",
        path: `/w/${name}`,
        sha256: "0".repeat(64),
      })),
    };
    writeFileSync(
      python,
      `#!/bin/sh\ncat > ${request}\necho "$@" > ${request}.words\necho '${JSON.stringify(document)}'\n`,
    );
    chmodSync(python, 0o700);
    process.env.TOMOE_RADEVAL_PYTHON = python;
    try {
      const report = rows.map((row) => ({ ...row, task: "report" }) as PredictionRow);
      const given = new Map([
        ["radeval.radgraph", { folder: "/w", layer: null, idf: false, baseline: null }],
      ]);
      const { measured, files } = await measureElsewhere(call, report, {
        profile: "strict",
        tasks: { report: { metrics: ["radeval.radgraph"] } },
        weights: given,
      });
      expect(readFileSync(`${request}.words`, "utf8").trim()).toBe("-m tomoe_radeval");
      expect(JSON.parse(readFileSync(request, "utf8"))).toMatchObject({
        metric: "radeval.radgraph",
        weights: { folder: "/w" },
        pairs: [
          ["a cyst", "a cyst"],
          [" ", "a cyst"],
        ],
      });
      const found = measured.get("report/radeval.radgraph");
      expect([found?.signature, [...(found?.scores ?? [])]]).toEqual([
        document.signature,
        [
          ["1", 0.5],
          ["2", 0],
        ],
      ]);
      expect(files).toEqual(document.files);
    } finally {
      delete process.env.TOMOE_RADEVAL_PYTHON;
    }
  });

  it("over the rarity of tokens in more targets than are looked at together is refused", async () => {
    const asked = { "open-vqa": { metrics: ["bertscore"] } };
    const many = Array.from({ length: 100_001 }, (_, at) => ({
      ...(rows[0] as PredictionRow),
      id: String(at),
    }));
    const given = new Map([["bertscore", { folder: "/none", layer: 1, idf: true, baseline: null }]]);
    const error = await caught(() =>
      measureElsewhere(call, many, { profile: "strict", tasks: asked, weights: given }),
    );
    expect([error.code, error.what]).toEqual(["CONFIG_INVALID", expect.stringContaining("100001 rows")]);
  });
});
