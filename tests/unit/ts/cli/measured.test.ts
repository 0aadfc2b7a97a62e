import { measureElsewhere } from "../../../../ts/cli/measured.ts";
import type { PredictionRow } from "../../../../ts/eval/index.ts";
import { caught } from "../../../support/caught.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const rows: readonly PredictionRow[] = [
  { id: "1", case: "c", task: "open-vqa", target: "a cyst", prediction: "a cyst" },
  { id: "2", case: "c", task: "open-vqa", target: "a cyst", prediction: " " },
];
const weights = new Map();
const call = { signal: new AbortController().signal };
const before = process.env.NLTK_DATA;
// A folder without WordNet: NLTK also looks into places of its own, where none is either on a machine of ours.
process.env.NLTK_DATA = temporaryFolder();
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
