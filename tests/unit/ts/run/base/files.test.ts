import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { baseRoots, filesFolder } from "../../../../../ts/run/base/files.ts";
import { weightsDir } from "../../../../../ts/run/weights/get.ts";
import { weightsList } from "../../../../../ts/run/weights/list.ts";
import type { ExperimentConfig } from "../../../../../ts/schema/experiment.ts";
import { exampleFacts } from "../../../../support/base-facts.ts";
import { caught } from "../../../../support/caught.ts";
import { freshFolder, resolvedWith } from "../fixtures.ts";

const [entry] = weightsList;
const name = entry?.name ?? "";
const before = process.env.XDG_CACHE_HOME;
afterEach(() => {
  if (before === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = before;
});

const { config } = resolvedWith();
const on = (base: object): ExperimentConfig => ({
  ...config,
  model: {
    ...config.model,
    base: { pretrain: [], redraw: [], facts: exampleFacts, ...base } as unknown as typeof config.model.base,
  },
});

describe("the folder of published files", () => {
  it("is the one that was written, from the current folder", () => {
    expect(filesFolder({ from: "folder", path: "a/b" })).toBe(resolve("a/b"));
  });

  it("is the cache's for weights of the list, once they were fetched", async () => {
    process.env.XDG_CACHE_HOME = freshFolder();
    const place = { from: "weights", name } as const;
    const missing = await caught(() => filesFolder(place));
    expect([missing.code, missing.exitCode, missing.hint]).toEqual([
      "CHECKPOINT_MISSING",
      65,
      `Get them first: npx tomoe weights get ${name}.`,
    ]);
    const dir = weightsDir(name, process.env);
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "tomoe-built.json"), '{"tensors":1,"parameters":1}');
    expect(filesFolder(place)).toBe(dir);
    const unknown = await caught(() => filesFolder({ from: "weights", name: `${name}x` }));
    expect([unknown.code, unknown.what]).toEqual([
      "USAGE_INVALID",
      expect.stringContaining(`did you mean "${name}"?`),
    ]);
  });
});

describe("what workers may read for a base", () => {
  it("is nothing where it is trained from scratch, and its folder, read only, where it has one", async () => {
    expect(baseRoots(config)).toEqual([]);
    const path = freshFolder();
    expect(baseRoots(on({ kind: "folder", path }))).toEqual([{ name: "base", path, writable: false }]);
    const gone = await caught(() => baseRoots(on({ kind: "folder", path: join(path, "gone") })));
    expect([gone.code, gone.exitCode]).toEqual(["CHECKPOINT_MISSING", 65]);
    expect(gone.what).toContain(join(path, "gone"));
  });

  it("is that of the run it started from, too", () => {
    const path = freshFolder();
    const base = on({ kind: "folder", path }).model.base;
    const facts = { runId: "r", checkpoint: "c", weightsDigest: "d", lifted: true, routing: "shared", base };
    expect(baseRoots(on({ kind: "run", run: "latest", facts }))).toEqual([
      { name: "base", path, writable: false },
    ]);
  });
});
