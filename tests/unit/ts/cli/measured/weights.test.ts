import { resolve } from "node:path";
import { givenWeights } from "../../../../../ts/cli/measured/weights.ts";
import { caught } from "../../../../support/caught.ts";

const problems = async (...values: readonly string[]): Promise<string> => {
  const { code, what } = await caught(() => givenWeights("score", values));
  expect(code).toBe("USAGE_INVALID");
  return what;
};

describe("weights that the user gives", () => {
  it("are a folder and a layer, and what else is wanted", () => {
    expect(givenWeights("score", [])).toEqual(new Map());
    expect(givenWeights("score", ["bertscore=models/roberta-large,layer=17"])).toEqual(
      new Map([
        ["bertscore", { folder: resolve("models/roberta-large"), layer: 17, idf: false, baseline: null }],
      ]),
    );
    const all = givenWeights("score", ["bertscore=/m=1,idf,baseline=tables/a=b.tsv,layer=2"]);
    expect(all.get("bertscore")).toEqual({
      folder: "/m=1",
      layer: 2,
      idf: true,
      baseline: resolve("tables/a=b.tsv"),
    });
  });

  it("of metrics without a layer are a folder alone", async () => {
    expect(givenWeights("score", ["radeval.green=w"]).get("radeval.green")).toMatchObject({
      folder: resolve("w"),
      layer: null,
    });
    expect(await problems("radeval.green=w,layer=3")).toContain('takes a folder alone, not "layer"');
    expect(await problems("radeval.green=")).toContain("write radeval.green=FOLDER");
  });

  it.each([
    ["bertscor=m,layer=1", 'did you mean "bertscore"'],
    ["rouge1=m,layer=1", "no metric of this name takes weights"],
    ["bertscore=,layer=1", "names no folder"],
    ["bertscore", "names no folder"],
    ["bertscore=m", "needs the layer"],
    ["bertscore=m,layer=0", "needs the layer"],
    ["bertscore=m,layer=1.5", "needs the layer"],
    ["bertscore=m,layer=-1", "needs the layer"],
    ["bertscore=m,layer=1,lyer=2", '"lyer" is none of layer, idf, baseline, did you mean "layer"'],
    ["bertscore=m,layer=1,idf=yes", "idf is a word of its own"],
    ["bertscore=m,layer=1,baseline=", "baseline names no file"],
  ])("%j are refused", async (value, told) => {
    expect(await problems(value)).toContain(told);
  });

  it("are told all their problems, and given once a metric", async () => {
    const told = await problems("bertscore=m,layer=1", "bertscore=n,layer=1", "x=y");
    expect(told).toContain("is given twice");
    expect(told).toContain('--weights "x"');
  });
});
