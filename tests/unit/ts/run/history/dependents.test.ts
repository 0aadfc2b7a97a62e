import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dependentsOf } from "../../../../../ts/run/history/dependents.ts";
import { pastEval, pastRun } from "../../../../support/past-runs.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const folder = temporaryFolder();
const runsDir = join(folder, "runs");
const evalsDir = join(folder, "evals");

describe("what depends on a run", () => {
  it("is every run that starts from it and every evaluation of it, by its whole id alone", async () => {
    const first = await pastRun(runsDir);
    const second = await pastRun(runsDir, { startsFrom: first });
    await pastRun(runsDir, { startsFrom: `${first}x` });
    for (const [name, runId] of [
      ["e1", first],
      ["e2", second],
    ] as const) {
      mkdirSync(join(evalsDir, name), { recursive: true });
      pastEval(join(evalsDir, name), runId);
    }
    writeFileSync(join(evalsDir, "notes.txt"), first);
    const place = { runsDir, evalsDir };
    expect(dependentsOf([first], place)).toEqual([
      { runId: first, kind: "run", id: second },
      { runId: first, kind: "eval", id: "e1" },
    ]);
    // What goes with it is not left behind.
    expect(dependentsOf([first, second], place)).toEqual([
      { runId: first, kind: "eval", id: "e1" },
      { runId: second, kind: "eval", id: "e2" },
    ]);
    expect(dependentsOf([], place)).toEqual([]);
    expect(dependentsOf([first], { runsDir, evalsDir: join(folder, "none") })).toHaveLength(1);
  });
});
