import { join } from "node:path";
import { ModelSpec as ModelSpecMessage } from "../../ts/gen/tomoe/v1/model.ts";
import { runBounded } from "../../ts/process/index.ts";
import { bytesPerVolume } from "../../ts/run/memory-need.ts";
import type { ModelSpec, Phi3vBase } from "../../ts/schema/index.ts";
import { encodeModelSpec } from "../../ts/worker/wire/encode.ts";
import { python } from "../support/misbehaving/stand-in.ts";
import { packageRoot, tinySpec } from "./worker-fixture.ts";

type SizedModel = ModelSpec & { readonly base: Phi3vBase };

const large: SizedModel = {
  ...tinySpec,
  base: {
    ...tinySpec.base,
    vision: {
      ...tinySpec.base.vision,
      imageSize: 336,
      patchSize: 14,
      hidden: 1024,
      layers: 24,
      blocksRead: 23,
      mlp: 4096,
    },
    projector: { mergeSize: 2, separators: true },
    language: { ...tinySpec.base.language, hidden: 3072, layers: 32, mlp: 8192 },
  },
  pool: { depth: 4, kind: "mean-max" },
  lift: { ...tinySpec.lift, upperBlocks: 8, depth: 32 },
  moe: {
    ...tinySpec.moe,
    tokenExperts: 4,
    sites: [16, 18, 20, 22].map((block) => `vision.blocks.${block}.mlp`),
  },
};
const unseparated: SizedModel = {
  ...tinySpec,
  base: { ...tinySpec.base, projector: { ...tinySpec.base.projector, separators: false } },
};
const dense: SizedModel = { ...tinySpec, moe: { ...tinySpec.moe, sites: [] } };

const cases: readonly { readonly spec: SizedModel; readonly depth: number; readonly items: number }[] = [
  { spec: tinySpec, depth: 2, items: 4 },
  { spec: tinySpec, depth: 1, items: 4 },
  { spec: tinySpec, depth: 2, items: 0 },
  { spec: unseparated, depth: 2, items: 1 },
  { spec: dense, depth: 2, items: 3 },
  { spec: large, depth: 32, items: 10 },
  { spec: large, depth: 1, items: 1 },
  { spec: { ...large, precision: "fast" }, depth: 32, items: 10 },
  { spec: { ...large, recompute: "blocks" }, depth: 32, items: 10 },
  { spec: { ...dense, precision: "fast", recompute: "blocks" }, depth: 2, items: 3 },
];

describe("what a training step is said to take", () => {
  it("is the same number of bytes in the doctor and in the worker", async () => {
    const asked = cases.map(({ spec, ...rest }) => ({
      ...rest,
      spec: Buffer.from(ModelSpecMessage.encode(encodeModelSpec(spec)).finish()).toString("base64"),
    }));
    const { stdout, stderr, exitCode } = await runBounded({
      command: python,
      args: [join(packageRoot, "tests", "support", "memory_estimates.py")],
      input: Buffer.from(JSON.stringify(asked)),
      timeoutMs: 600_000,
      maxOutputBytes: 1 << 20,
      env: { PYTHONPATH: join(packageRoot, "py-runtime") },
    });
    expect({ exitCode, stderr: exitCode === 0 ? "" : stderr }).toEqual({ exitCode: 0, stderr: "" });
    const worker = JSON.parse(Buffer.from(stdout).toString("utf8")) as number[];
    expect(worker).toHaveLength(cases.length);
    expect(cases.map(({ spec, depth, items }) => bytesPerVolume(spec, depth, items))).toEqual(worker);
    expect(new Set(worker).size).toBe(cases.length);
  });
});
