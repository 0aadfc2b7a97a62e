import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ctFolder, type Experiment } from "../../../../ts/config/index.ts";
import { writePhantomDataset } from "../../../../ts/data/phantom/index.ts";
import { dryRun } from "../../../../ts/run/dry-run.ts";
import { contractDigest } from "../../../../ts/run/prepare/contract.ts";
import { caught } from "../../../support/caught.ts";
import { withoutPython } from "../../../support/without-python.ts";
import { experiment, freshFolder, plainPolicy, resolvedWith } from "./fixtures.ts";

/** Where it would compute. */
const here = { device: "cpu", runsDir: "runs", signal: new AbortController().signal } as const;
const own: Experiment = { ...experiment, policy: plainPolicy() };

describe("dryRun", () => {
  it("says what would run, stage by stage, with the digests a run would have", async () => {
    const { document, text } = await dryRun({ ...here, experiment: own, set: [] });
    const resolved = resolvedWith();
    expect(document).toMatchObject({
      ok: true,
      dryRun: true,
      name: "small",
      seed: 5,
      configDigest: resolved.digest,
      preprocessDigest: contractDigest(resolved),
      routerPolicy: "plain/1",
      steps: 11,
      volumes: { train: 5, evaluate: 3 },
    });
    expect(document.stages.map(({ name, data, steps, routing }) => [name, data, steps, routing])).toEqual([
      ["flat", "slices", 3, "shared"],
      ["shared", "volumes", 6, "shared"],
      ["specific", "volumes", 2, "per-task"],
    ]);
    expect(text.split("\n")).toEqual([
      "small, seed 5: 11 steps, 5 volumes to train on, 3 to evaluate on",
      "  flat: 3 steps x 2 slices, trains lowerVision, language (shared experts)",
      "  shared: 6 steps x 4 volumes, trains upperVision, tokenExperts, tokenRouter, language (shared experts)",
      "  specific: 2 steps x 4 volumes, trains taskExperts, tokenRouter (per-task experts)",
      expect.stringMatching(
        /^ {2}cost: [\d.]+ M parameters, [\d.]+ M trained, .* items a vision pass, shared vision work by text guidance: .*, fits the device$/,
      ),
    ]);
  });

  it("has the configuration as it would run, and who decided each leaf", async () => {
    const { document } = await withoutPython(() =>
      dryRun({ ...here, experiment: own, set: ["stages.shared.steps=9"], seed: 7 }),
    );
    expect([document.seed, document.steps]).toEqual([7, 14]);
    expect(document.origins).toMatchObject({
      seed: "--seed",
      "stages.1.steps": "recipe",
      "stages.0.steps": "--set",
      "evaluation.split": "default",
    });
    expect(document.config).toMatchObject({ seed: 7, stages: [{ steps: 9 }, { steps: 2 }] });
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  it("names the default policy where there is none of the user's own", async () => {
    const { policy: _policy, ...bare } = own;
    const { document } = await withoutPython(() => dryRun({ ...here, experiment: bare, set: [] }));
    expect(document.routerPolicy).toMatch(/^tomoe-task-router\/\d+$/);
  });

  it("refuses what a run would refuse before its first step", async () => {
    const failure = await caught(() => dryRun({ ...here, experiment: own, set: ["router.topK=3"] }));
    expect(failure.code).toBe("CONFIG_INVALID");
  });

  it("opens a folder of scans and reads one of them, and writes nothing", async () => {
    const folder = join(freshFolder(), "scans");
    await writePhantomDataset(folder, {
      seed: 4,
      volumes: { train: 2, validation: 1, test: 1 },
      sizeDHW: [16, 24, 24],
    });
    const before = readdirSync(folder, { recursive: true });
    const data = ctFolder(folder, { sizeDHW: [16, 24, 24], windowHu: { low: -1000, high: 1000 } });
    const input = { ...own.input, data } as Experiment["input"];
    const options = {
      ...here,
      experiment: { ...own, input },
      set: ["model.base.pretrain=[]", "evaluation.split=validation"],
    };
    expect((await withoutPython(() => dryRun(options))).document.volumes).toEqual({ train: 2, evaluate: 1 });
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
    const gone = { ...data, path: join(folder, "gone") };
    const missing = { ...own, input: { ...own.input, data: gone } as Experiment["input"] };
    const failure = await caught(() => dryRun({ ...here, ...options, experiment: missing }));
    expect(failure.code).toBe("PATH_NOT_FOUND");
  });

  it("refuses a validation where no table gives its split a case, before a run would read one", async () => {
    const folder = join(freshFolder(), "scans");
    const volumes = { train: 1, validation: 0, test: 1 };
    await writePhantomDataset(folder, { seed: 4, volumes, sizeDHW: [16, 24, 24] });
    const data = ctFolder(folder, { sizeDHW: [16, 24, 24], windowHu: { low: -1000, high: 1000 } });
    const input = { ...own.input, data } as Experiment["input"];
    const set = ["model.base.pretrain=[]", 'validation={"every":2}'];
    const failure = await caught(() =>
      withoutPython(() => dryRun({ ...here, experiment: { ...own, input }, set })),
    );
    expect([failure.code, failure.what]).toEqual([
      "DATA_EMPTY",
      'the data have no case in the split "validation"',
    ]);
  });
});
