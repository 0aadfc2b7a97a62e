import { missedTargets } from "../../../../../ts/bench/index.ts";
import type { PythonCase } from "../../../../../ts/bench/python-cases.ts";
import { rowOf } from "../../../../../ts/bench/volume/shared.ts";
import { caught } from "../../../../support/caught.ts";

const way = (...wallMs: [number, ...number[]]) => ({
  wallMs,
  cpuMs: wallMs.map((ms) => ms / 2) as [number, ...number[]],
});

function measured(name: string, prefixMs = 500, figures: PythonCase["figures"] = fine): PythonCase {
  const ways = {
    alone: way(2900, 3000, 3600),
    vision: way(990, 1000, 1200),
    prefix: way(prefixMs, prefixMs, prefixMs),
  };
  return { case: name, ways, ...(figures === undefined ? {} : { figures }) };
}
const fine = { lossApart: 2e-7, visionGain: 5.84, stepGain: 4.97, fullStepGain: 5.03 };

describe("the rows of shared.volume", () => {
  it("hold six questions together against one a pass, with questions a second of both", () => {
    const row = rowOf(measured("288 tokens, block 22, shared, task"));
    expect(row).toMatchObject({
      name: "shared.volume",
      what: "6 questions, 288 tokens, block 22, shared, task",
      oursMs: 500,
      peerMs: 3000,
      floorMs: null,
      details: {
        rounds: 3,
        questionsPerSecond: 12,
        alonePerSecond: 2,
        timesWall: 6,
        timesWallLow: 5.8,
        timesWallHigh: 7.2,
        timesCpu: 6,
        visionAloneTimesCpu: 3,
        visionGainCounted: 5.84,
        stepGainCounted: 4.97,
        fullStepGainCounted: 5.03,
        lossApart: 2e-7,
      },
    });
    expect(missedTargets(row)).toEqual([]);
  });

  it("miss the target below four times, where experts are shared and stand in the last block alone", () => {
    for (const guidance of ["off", "task", "question"])
      for (const tokens of ["288", "1,152"])
        expect(
          missedTargets(rowOf(measured(`${tokens} tokens, block 22, shared, ${guidance}`, 751))),
        ).toEqual([{ against: "peer", atLeast: 4 }]);
  });

  it("have no target elsewhere: what a case gains there is said", () => {
    for (const name of [
      "288 tokens, block 22, per-task, off",
      "288 tokens, blocks 16, 18, 20, 22, shared, off",
    ]) {
      const row = rowOf(measured(name, 3000));
      expect([row.targets, row.details.timesWall]).toEqual([[], 1]);
    }
  });

  it("are none where the loss is another one, or was not compared", async () => {
    for (const figures of [
      { ...fine, lossApart: 2e-5 },
      { visionGain: 6, stepGain: 6, fullStepGain: 6 },
      undefined,
    ]) {
      const one = { ...measured("288 tokens, block 22, shared, off"), figures };
      const error = await caught(() => rowOf(one));
      expect(error).toMatchObject({
        code: "INTERNAL",
        what: expect.stringContaining("another loss together"),
      });
    }
  });

  it("are none where the small model could gain other than the full one, or where that was not counted", async () => {
    const { fullStepGain: _, ...uncounted } = fine;
    for (const figures of [{ ...fine, fullStepGain: 5.9 }, uncounted]) {
      const one = { ...measured("288 tokens, block 22, shared, question"), figures };
      expect(await caught(() => rowOf(one))).toMatchObject({
        code: "INTERNAL",
        what: expect.stringContaining("other than the full one"),
      });
    }
    expect(rowOf(measured("1,152 tokens, block 22, shared, question", 500, uncounted)).targets).toHaveLength(
      1,
    );
  });
});
