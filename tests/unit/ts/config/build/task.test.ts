import { reportTask, vqaTask } from "../../../../../ts/config/build/task.ts";

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
