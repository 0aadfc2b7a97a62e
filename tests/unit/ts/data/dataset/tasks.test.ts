import { mayAsk } from "../../../../../ts/data/dataset/index.ts";
import { predicts, taskIds } from "../../../../../ts/schema/task.ts";

describe("what a case may ask", () => {
  it("is what its tasks have the model say", () => {
    for (const task of taskIds)
      for (const prediction of ["report", "choice"] as const)
        expect(mayAsk({ tasks: [task] }, prediction)).toBe(predicts(task, prediction));
    expect(mayAsk({ tasks: ["closed-vqa", "report"] }, "report")).toBe(true);
    expect(mayAsk({ tasks: [] }, "report")).toBe(false);
  });

  it("is anything where its tasks are not known", () => {
    expect(mayAsk({}, "report")).toBe(true);
    expect(mayAsk({ tasks: undefined }, "choice")).toBe(true);
  });
});
