import { join } from "node:path";
import { descendantsOf } from "../../../../ts/process/proc/index.ts";
import { modelSampler } from "../../../../ts/sampler/sidecar.ts";
import { caught } from "../../../support/caught.ts";
import { helloAnswer, spokenSampler } from "../../../support/spoken-sampler.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";
import { planOf } from "../sweep/fixtures.ts";

// Processes that answer as a sampler does, or as none should; the one of the package is asked in tests/contract.
const folder = temporaryFolder();
let made = 0;

function runtimeOf(answer: string) {
  made += 1;
  return spokenSampler(join(folder, String(made)), answer);
}

const plan = planOf({ sampler: { kind: "tpe", startup: 2 } });
const before = { trials: [], points: [] };
const proposing = `${helloAnswer} if message["kind"] == "hello" else {"ok": True, "by": "optuna 5.0.0", "values": {"stages.shared.learningRate": 0.001 + message["seed"] % 7 * 1e-4}}`;
const children = (): number => descendantsOf(process.pid).length;

describe("modelSampler", () => {
  it("gives what its process proposes, and by which library; its process ends with it", async () => {
    const own = children();
    const sampler = await modelSampler(plan, runtimeOf(proposing));
    expect(sampler.most).toBeUndefined();
    const { assignment, by } = await sampler.propose(3, before);
    expect(by).toBe("optuna 5.0.0");
    expect(assignment["stages.shared.learningRate"]).toBeGreaterThanOrEqual(0.001);
    expect(children()).toBe(own + 1);
    await sampler.close();
    await sampler.close();
    expect(children()).toBe(own);
  });

  it("replaces a process that was killed, and asks the same again", async () => {
    const sampler = await modelSampler(plan, runtimeOf(proposing));
    const first = await sampler.propose(5, before);
    for (const { pid } of descendantsOf(process.pid)) process.kill(pid, "SIGKILL");
    expect(await sampler.propose(5, before)).toEqual(first);
    await sampler.close();
  });

  it("gives up on one that ends at the same question again and again", async () => {
    const sampler = await modelSampler(
      plan,
      runtimeOf(`${helloAnswer} if message["kind"] == "hello" else os._exit(7)`),
    );
    const error = await caught(() => sampler.propose(0, before));
    expect(error.code).toBe("ENVIRONMENT");
    expect(error.message).toContain("it ended 3 times with 7");
    await sampler.close();
  });

  it("tells what it lacks before anything is proposed, and leaves no process behind", async () => {
    const own = children();
    const error = await caught(() =>
      modelSampler(plan, runtimeOf('{"ok": False, "error": "No module named \'optuna\'"}')),
    );
    expect(error.code).toBe("ENVIRONMENT");
    expect(error.message).toContain("No module named 'optuna'");
    expect(error.hint).toContain("setup");
    expect(children()).toBe(own);
  });

  it("takes no proposal outside the space", async () => {
    const outside = `${helloAnswer} if message["kind"] == "hello" else {"ok": True, "by": "optuna 5.0.0", "values": {"stages.shared.learningRate": 2}}`;
    const sampler = await modelSampler(plan, runtimeOf(outside));
    const error = await caught(() => sampler.propose(0, before));
    expect(error.code).toBe("INTERNAL");
    expect(error.message).toContain("outside the space");
    await sampler.close();
  });
});
