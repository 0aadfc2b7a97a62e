import { defineEval, defineTask, reportTask, vqaTask } from "../../../../../ts/config/build/task.ts";
import { caught } from "../../../../support/caught.ts";

describe("a task's metrics", () => {
  it("stand beside the task they judge", () => {
    expect(reportTask({ metrics: ["rouge1", "meteor"] })).toEqual({
      task: "report",
      metrics: ["rouge1", "meteor"],
    });
    expect(vqaTask({ closed: true, metrics: ["accuracy"] })).toEqual({
      task: "closed-vqa",
      metrics: ["accuracy"],
    });
    expect(vqaTask({ closed: false, metrics: ["exact"] })).toEqual({ task: "open-vqa", metrics: ["exact"] });
  });
});

describe("an evaluation", () => {
  const closed = defineTask({ id: "closed-vqa", metrics: ["accuracy"] });
  const report = defineTask({ id: "report", metrics: ["rouge1", "bleu1"] });

  it("is a run, the metrics of each task, and what is asked otherwise than in the run", () => {
    const evaluation = defineEval({
      run: "latest",
      tasks: [closed, report],
      evaluation: { maxNewTokens: 200 },
      data: "../held-out",
      checkpoint: "000040-shared-00000010",
      gates: ["closed-vqa/accuracy.micro.ciLow>=0.5", "report/rouge1.over.blank>0"],
    });
    expect(evaluation).toEqual({
      kind: "evaluation",
      run: "latest",
      tasks: {
        "closed-vqa": { metrics: ["accuracy"] },
        report: { metrics: ["rouge1", "bleu1"] },
      },
      evaluation: { maxNewTokens: 200 },
      data: "../held-out",
      checkpoint: "000040-shared-00000010",
      gates: ["closed-vqa/accuracy.micro.ciLow>=0.5", "report/rouge1.over.blank>0"],
    });
  });

  it("is as the run is where nothing is said", () => {
    expect(defineEval({ run: "k3f9", tasks: [report] })).toEqual({
      kind: "evaluation",
      run: "k3f9",
      tasks: { report: { metrics: ["rouge1", "bleu1"] } },
      evaluation: {},
      gates: [],
    });
  });

  it("has every task once", async () => {
    const twice = await caught(() => defineEval({ run: "latest", tasks: [closed, report, closed] }));
    expect(twice).toMatchObject({ code: "CONFIG_INVALID", details: { task: "closed-vqa" } });
    expect(twice.message).toContain("the task closed-vqa stands twice");
  });
});
