import { tasksOptions } from "../../../../../ts/schema/options/evaluation.ts";
import { schemaOf } from "../../../../../ts/schema/options/zod.ts";
import { itemRowSchema } from "../../../../../ts/schema/sample.ts";
import { taskTable } from "../../../../../ts/schema/tables/tasks.ts";
import { listed, repoText, tsSources } from "../../../../support/source-tree.ts";
import { blankTs } from "../../../../support/ts-source.ts";

const tasksSchema = schemaOf(tasksOptions);
const item = { id: "i", case: "c", question: "Which plane?", target: "axial" };

describe("the table of tasks", () => {
  it("has ids that may stand in a path, on the wire and in a recipe, and a sentence each", () => {
    for (const [id, { sentence }] of Object.entries(taskTable)) {
      expect(id).toMatch(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/);
      expect(sentence).toMatch(/^[A-Z].*\.$/);
    }
  });

  it("never calls a task as the class of no task is called", () => {
    expect(Object.keys(taskTable)).not.toContain("none");
  });

  it("is what a recipe's tasks and a dataset's rows are checked by", () => {
    for (const task of Object.keys(taskTable))
      expect(itemRowSchema.safeParse({ ...item, task }).success).toBe(true);
    expect(itemRowSchema.safeParse({ ...item, task: "captioning" }).error?.issues[0]?.path).toEqual(["task"]);
    expect(Object.keys(tasksOptions)).toEqual(Object.keys(taskTable));
    expect(tasksSchema.safeParse({ captioning: { metrics: ["rouge1"] } }).success).toBe(false);
  });

  it("gives each task its own metrics in a recipe, and no other's", () => {
    expect(tasksSchema.safeParse({ "closed-vqa": { metrics: ["accuracy"] } }).success).toBe(true);
    const wrong = tasksSchema.safeParse({ "closed-vqa": { metrics: ["rouge1"] } });
    expect(wrong.error?.issues.map(({ path }) => path.join("."))).toEqual(["closed-vqa.metrics.0"]);
    expect(tasksSchema.safeParse({ report: { metrics: [] } }).success).toBe(false);
  });

  it("is the one place that names a task, beside who asks for one and the data set that makes its items", () => {
    const asking =
      /^ts\/(?:schema\/tables|recipes|cli\/commands\/init|data\/phantom\/words|data\/sources\/layouts)\//;
    // The builders are the user's words for the tasks.
    const builders = "ts/config/build/task.ts";
    // "report" is also what a task predicts, and a switch of the command line.
    const ids = Object.keys(taskTable).filter((id) => id !== "report");
    const named = new RegExp(`["'\`](?:${ids.join("|")})["'\`]`);
    const problems = tsSources()
      .filter((path) => !asking.test(path) && path !== builders)
      .filter((path) => named.test(blankTs(repoText(path), { strings: false, templates: false })));
    expect(named.test(repoText(builders))).toBe(true);
    expect(listed(problems)).toBe("");
  });
});
