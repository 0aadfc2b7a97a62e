import { layoutNames, layoutRow } from "../../../../../ts/schema/tables/layouts.ts";
import { isTaskId } from "../../../../../ts/schema/task.ts";

describe("the table of layouts", () => {
  it.each(layoutNames)("%s has a title, and question types of tasks that it has", (layout) => {
    const { title, tasks, types } = layoutRow(layout);
    expect(title.length).toBeGreaterThan(20);
    expect(tasks.length).toBeGreaterThan(0);
    expect(tasks.every(isTaskId)).toBe(true);
    for (const task of Object.keys(types)) expect(tasks).toContain(task);
  });

  it("names a layout as it stands on the command line", () => {
    for (const layout of layoutNames) expect(layout).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });
});
