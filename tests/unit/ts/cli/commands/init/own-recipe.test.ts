import { ownRecipe } from "../../../../../../ts/cli/commands/init/own-recipe.ts";

const given = { name: "mine", scans: "../ct", tasks: ["report"], train: 3, longest: 100 } as const;

describe("the recipe for data of one's own", () => {
  it("names the tables, the folder of the scans and its tasks alone", () => {
    const recipe = ownRecipe(given);
    expect(recipe).toContain('data: ownTables("data", {\n    scans: "../ct",');
    expect(recipe).toContain('report: reportTask({ metrics: ["rouge1"] }),');
    expect(recipe).not.toContain("vqaTask");
    const asked = ownRecipe({ ...given, tasks: ["closed-vqa", "open-vqa"] });
    expect(asked).toContain('"closed-vqa": vqaTask({ closed: true, metrics: ["accuracy"] }),');
    expect(asked).toContain('"open-vqa": vqaTask({ closed: false, metrics: ["exact"] }),');
    expect(asked).not.toContain("reportTask");
  });

  it("steps over no more volumes than there are to train on, and has room for the longest text", () => {
    expect(ownRecipe(given).match(/volumesPerStep: 3/g)).toHaveLength(2);
    expect(ownRecipe({ ...given, train: 500 })).toContain("volumesPerStep: 8");
    expect(ownRecipe(given)).toContain("maxPositions: 512");
    expect(ownRecipe({ ...given, longest: 1500 })).toContain("maxPositions: 2048");
    expect(ownRecipe({ ...given, longest: 1e6 })).toContain("maxPositions: 8192");
  });

  it("takes any path for what it is", () => {
    expect(ownRecipe({ ...given, scans: 'a "b"\\c' })).toContain(String.raw`scans: "a \"b\"\\c"`);
  });
});

describe("a recipe for every set of tasks", () => {
  const lines = {
    report: 'report: reportTask({ metrics: ["rouge1"] }),',
    "closed-vqa": '"closed-vqa": vqaTask({ closed: true, metrics: ["accuracy"] }),',
    "open-vqa": '"open-vqa": vqaTask({ closed: false, metrics: ["exact"] }),',
  } as const;
  const all = ["report", "closed-vqa", "open-vqa"] as const;
  const sets = [1, 2, 3, 4, 5, 6, 7].map((bits) => all.filter((_, at) => (bits & (1 << at)) !== 0));

  it.each(sets.map((tasks) => ({ tasks, said: tasks.join(" and ") })))(
    "scores $said, and nothing else",
    ({ tasks }) => {
      const recipe = ownRecipe({ ...given, tasks });
      for (const task of all) {
        if (tasks.includes(task)) expect(recipe).toContain(lines[task]);
        else expect(recipe).not.toContain(lines[task]);
      }
    },
  );

  it.each(sets.map((tasks) => ({ tasks, said: tasks.join(" and ") })))(
    "imports what it uses for $said, each once, in order",
    ({ tasks }) => {
      const recipe = ownRecipe({ ...given, tasks });
      const [, list = ""] = /^import \{ (.*) \} from "tomoe";/.exec(recipe) ?? [];
      const names = list.split(", ");
      expect(names).toEqual(
        [...new Set(names)].toSorted((a, b) => a.toLowerCase().localeCompare(b.toLowerCase())),
      );
      const [, ...rest] = recipe.split("\n");
      for (const name of names) expect(rest.join("\n")).toContain(`${name}(`);
    },
  );

  it("is called as its folder, and trains in the two stages of an expert model", () => {
    const recipe = ownRecipe({ ...given, name: "my-ct" });
    expect(recipe).toContain('name: "my-ct"');
    expect([...recipe.matchAll(/stage\("(\w+)"/g)].map(([, name]) => name)).toEqual(["shared", "specific"]);
    expect(recipe.endsWith("console.log(runId, dir);\n")).toBe(true);
  });
});
