// A folder of five thousand runs: listed in their order, filtered, removed and brought back, none lost or mixed up.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseFilter } from "../../ts/run/history/expression.ts";
import { filtered, withFields } from "../../ts/run/history/fields.ts";
import { discardRun, emptyTrash, listTrash, restoreRun } from "../../ts/track/index.ts";
import { listRuns } from "../../ts/track/read/index.ts";
import { pastRun } from "../support/past-runs.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const count = 5000;
const runsDir = join(temporaryFolder(), "runs");
const states = ["finished", "failed", "interrupted", "running"] as const;
const idOf = (at: number): string => `20261124-153012-copy-${String(at).padStart(4, "0")}`;

beforeAll(async () => {
  const one = await pastRun(join(runsDir, "..", "one"), { right: { of: 8, count: 4 } });
  const from = join(runsDir, "..", "one", one);
  const state = JSON.parse(readFileSync(join(from, "state.json"), "utf8")) as object;
  const { config, ...resolved } = JSON.parse(readFileSync(join(from, "resolved.json"), "utf8")) as {
    readonly config: { readonly stages: readonly object[] };
  };
  for (let at = 0; at < count; at += 1) {
    const dir = join(runsDir, idOf(at));
    mkdirSync(join(dir, "checkpoints"), { recursive: true });
    // Made in the other order than their names sort in.
    const own = { runId: idOf(at), ordinal: count - at, seed: at, status: states[at % states.length] };
    writeFileSync(join(dir, "state.json"), JSON.stringify({ ...state, ...own }));
    const stages = config.stages.map((stage) => ({ ...stage, learningRate: 1 / (1 + (at % 10)) }));
    writeFileSync(join(dir, "resolved.json"), JSON.stringify({ ...resolved, config: { ...config, stages } }));
  }
});

const numbers = (): readonly number[] => listRuns(runsDir).map(({ seed }) => seed ?? -1);
const all = Array.from({ length: count }, (_, at) => at);

describe("five thousand runs", () => {
  it("are listed in the order they were made, each as it stands", () => {
    expect(numbers()).toEqual(all.toReversed());
    const listed = new Map(listRuns(runsDir).map((run) => [run.runId, run.status]));
    expect(listed.size).toBe(count);
    // Whose process is gone was interrupted, whatever it last wrote.
    for (const at of all)
      expect(listed.get(idOf(at))).toBe(states[at % 4] === "running" ? "interrupted" : states[at % 4]);
  });

  it("are filtered by what they were and by what they were set to", () => {
    const kept = (text: string): readonly number[] => {
      const filter = { text, expression: parseFilter(text) };
      const runs = filtered(withFields(listRuns(runsDir), { filter, columns: [] }), filter);
      return runs.map(({ run }) => run.seed ?? -1).toReversed();
    };
    expect(kept("state=failed")).toEqual(all.filter((at) => at % 4 === 1));
    expect(kept("seed>=4990 and not state=interrupted")).toEqual([4992, 4993, 4996, 4997]);
    expect(kept("stages.shared.learningRate<=0.1")).toEqual(all.filter((at) => at % 10 === 9));
  });

  it("are removed and brought back one by one, and the others stay", async () => {
    const chosen = all.filter((at) => at % 500 === 0);
    for (const at of chosen) await discardRun(runsDir, idOf(at));
    expect(numbers()).toEqual(all.filter((at) => at % 500 !== 0).toReversed());
    expect(listTrash(runsDir).map(({ runId }) => runId)).toEqual(chosen.map(idOf));
    await restoreRun(runsDir, idOf(0));
    const gone = await emptyTrash(runsDir);
    expect(gone).toHaveLength(chosen.length - 1);
    expect(numbers()).toEqual(all.filter((at) => at === 0 || at % 500 !== 0).toReversed());
    expect(listTrash(runsDir)).toEqual([]);
  });
});
