import { folder, fromRun, liftTo3d, tinyPhi3v, weights } from "../../../../../ts/config/build/model.ts";
import { pretrain2d } from "../../../../../ts/config/build/stage.ts";

const vision = { imageSize: 48, patchSize: 12, hidden: 64, layers: 4, heads: 4, mlp: 128 } as const;
const language = {
  vocab: 512,
  hidden: 64,
  layers: 2,
  heads: 4,
  keyValueHeads: 4,
  mlp: 128,
  maxPositions: 256,
} as const;
const phase = pretrain2d("flat", { trains: ["language"], steps: 1, learningRate: 1 });

describe("tinyPhi3v", () => {
  it("writes down what was written, and no default", () => {
    expect(tinyPhi3v({ vision, language, pretrain: [phase] })).toEqual({
      kind: "tiny-phi3v",
      vision,
      language,
      pretrain: [phase],
    });
  });
});

describe("a base of files or of a run", () => {
  it("writes down what was written, and no default", () => {
    expect(weights("w")).toEqual({ kind: "weights", name: "w" });
    expect(weights("w", { imageSize: 112, redraw: ["vision"], pretrain: [phase] })).toEqual({
      kind: "weights",
      name: "w",
      imageSize: 112,
      redraw: ["vision"],
      pretrain: [phase],
    });
    expect(folder("a/b", { maxPositions: 64, layout: "x" })).toEqual({
      kind: "folder",
      path: "a/b",
      maxPositions: 64,
      layout: "x",
    });
    expect(fromRun("latest")).toEqual({ kind: "run", run: "latest" });
    expect(fromRun("r", { checkpoint: "c" })).toEqual({ kind: "run", run: "r", checkpoint: "c" });
  });
});

describe("liftTo3d", () => {
  const attention3d = { upperBlocks: 2 } as const;

  it("lifts a base that was built, or the folder of a checkpoint", () => {
    const base = tinyPhi3v({ vision, language, pretrain: [] });
    expect(liftTo3d(base, { attention3d })).toEqual({ base, attention3d });
    expect(liftTo3d("weights/phi", { attention3d, lora: false })).toEqual({
      base: { kind: "folder", path: "weights/phi" },
      attention3d,
      lora: false,
    });
  });

  it("keeps windows and adapters as they were written", () => {
    const written = { attention3d, lora: { rank: 8 }, channelWindowsHu: [{ low: -160, high: 240 }] } as const;
    expect(liftTo3d("weights/phi", written)).toMatchObject(written);
  });
});
