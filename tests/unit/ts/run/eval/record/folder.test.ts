import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { SpaceWaiter } from "../../../../../../ts/files/index.ts";
import {
  createEval,
  type EvalRequest,
  markEval,
  openEval,
  stagesDir,
} from "../../../../../../ts/run/eval/record/folder.ts";
import { caught } from "../../../../../support/caught.ts";
import { freshFolder } from "../../fixtures.ts";

const space = new SpaceWaiter({ timeoutMs: 0, pollMs: 1 }, () => undefined);
const request: EvalRequest = {
  run: "20261129-101500-small-abcd",
  runsDir: "/somewhere/runs",
  checkpoint: "000005-specific-00000002",
  data: null,
  tasks: ["closed-vqa"],
  allowLeak: null,
  device: "cpu",
  model: null,
  gates: ["closed-vqa/accuracy.micro>=0.5"],
  recipe: null,
};

describe("the folder of an evaluation", () => {
  it("is opened by its id, the beginning of one, or its last four letters, and knows what was asked", async () => {
    const evalsDir = join(freshFolder(), "evals");
    const made = await createEval(evalsDir, "Small One", request, space);
    expect(made.evalId).toMatch(/^\d{8}-\d{6}-small-one-[a-z0-9]{4}$/);
    for (const reference of [made.evalId, made.evalId.slice(0, 20), made.evalId.slice(-4)]) {
      const { record, dir } = await openEval(evalsDir, reference);
      expect([record.request, record.status, dir]).toEqual([request, "running", made.dir]);
    }
  });

  it("names the command that goes on, with the folder where that is not the default one", async () => {
    const evalsDir = join(freshFolder(), "elsewhere it is");
    const { evalId, record } = await createEval(evalsDir, "x", request, space);
    expect(record.resume).toBe(`tomoe eval --resume ${evalId} --evals '${evalsDir}'`);
    expect(stagesDir("evals")).toBe(resolve("evals/stages"));
  });

  it("records how it stands, and why it ended so", async () => {
    const folder = await createEval(freshFolder(), "x", request, space);
    const read = () =>
      JSON.parse(readFileSync(join(folder.dir, "eval.json"), "utf8")) as Readonly<Record<string, unknown>>;
    await markEval(folder, "failed", { space, error: { code: "WORKER_DIED" } });
    expect(read()).toMatchObject({
      status: "failed",
      error: { code: "WORKER_DIED" },
      endedAt: expect.any(String) as string,
    });
    await markEval(folder, "running", { space });
    expect(read()).toMatchObject({ status: "running", error: null, endedAt: null });
  });

  it("is refused where it is not there, or where several fit, with those that are", async () => {
    const evalsDir = freshFolder();
    const nothing = await caught(() => openEval(evalsDir, "abcd"));
    expect([nothing.code, nothing.hint]).toEqual(["RUN_NOT_FOUND", 'Begin one with "tomoe eval RUN".']);
    for (const name of ["20261129-101500-one-aaaa", "20261129-101500-one-bbbb"])
      mkdirSync(join(evalsDir, name));
    const several = await caught(() => openEval(evalsDir, "20261129"));
    expect(several.message).toContain("fits 2 evaluations");
    const none = await caught(() => openEval(evalsDir, "20261129-101500-one-aaab"));
    expect(none.message).toContain('did you mean "20261129-101500-one-aaaa"');
    expect((await caught(() => openEval(evalsDir, ""))).code).toBe("RUN_NOT_FOUND");
  });

  it("is refused where its record was edited", async () => {
    const evalsDir = freshFolder();
    const { dir, evalId } = await createEval(evalsDir, "x", request, space);
    writeFileSync(join(dir, "eval.json"), JSON.stringify({ format: "tomoe.eval/1", request: { run: 1 } }));
    expect((await caught(() => openEval(evalsDir, evalId))).code).toBe("RECORD_INVALID");
  });
});
