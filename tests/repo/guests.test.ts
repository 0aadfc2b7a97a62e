import { metricTable } from "../../ts/schema/tables/metrics.ts";
import { taskTable } from "../../ts/schema/tables/tasks.ts";
import { listed, repoText, tsSources } from "../support/source-tree.ts";
import { type Branch, branchesOn, tablesOf } from "../support/ts-shapes.ts";

// The third rule for guests: one adds files and a row, so nothing outside a table branches on what its rows are called.

const rowsOf = (path: string): readonly string[] => tablesOf(repoText(path)).flatMap(({ rows }) => rows);

/** Kinds of guests: their names, what holds one of them, and where a name may be asked for. */
const guests = [
  {
    guest: "base",
    names: rowsOf("ts/config/bases/index.ts"),
    held: /\b\w*base\w*\??\.kind$/i,
    home: /^ts\/config\/bases\//,
  },
  {
    guest: "source of data",
    names: rowsOf("ts/run/prepare/sources.ts"),
    held: /\b\w*(?:data|source)\w*\??\.kind$/i,
    home: /^ts\/(?:config|run\/prepare)\/sources\.ts$/,
  },
  {
    guest: "layout of a data set",
    names: rowsOf("ts/data/sources/layouts.ts"),
    held: /\blayout$/i,
    home: /^ts\/(?:schema\/tables|data\/sources)\//,
  },
  {
    guest: "task",
    names: Object.keys(taskTable),
    held: /\btask(?:Id)?$|\btask\.id$/i,
    // A data set writes the items of its own tasks.
    home: /^ts\/(?:schema\/tables|data\/phantom|data\/sources\/layouts)\//,
  },
  {
    guest: "format of a scan",
    names: rowsOf("ts/data/volume/readers.ts"),
    held: /\b\w*format$/i,
    home: /^ts\/data\/volume\/readers\.ts$/,
  },
  {
    guest: "metric",
    names: Object.keys(metricTable),
    held: /\bmetric(?:Name)?$|\bmetric\.(?:id|name)$/i,
    home: /^ts\/(?:schema\/tables|eval\/metrics)\//,
  },
];

/** Branches on a guest by its name. A name of two words can be nothing else. */
function onGuests(path: string, source: string): readonly (Branch & { readonly guest: string })[] {
  return branchesOn(source).flatMap((branch) =>
    guests
      .filter(
        ({ names, held, home }) =>
          names.includes(branch.value) &&
          !home.test(path) &&
          (branch.value.includes("-") || held.test(branch.asked)),
      )
      .map(({ guest }) => ({ ...branch, guest })),
  );
}

describe("code outside the table of a guest", () => {
  it("knows the names of every kind of guest", () => {
    for (const { names } of guests) expect(names.length).toBeGreaterThan(1);
  });

  it("does not branch on what a row is called", () => {
    const problems = tsSources()
      .filter((path) => !path.startsWith("ts/recipes/") && !path.startsWith("ts/bench/"))
      .flatMap((path) =>
        onGuests(path, repoText(path)).map(
          ({ line, guest, asked, value }) => `${path}:${line} asks a ${guest}: ${asked} is "${value}"`,
        ),
      );
    expect(listed(problems)).toBe("");
  });

  it("is found where it does, whichever way it is written", () => {
    const source = [
      'if (config.model.base.kind === "weights") f();',
      'const a = "phantom" !== data.kind;',
      'switch (item.task) { case "report": g(); }',
      'if (kind === "folder") h();',
      'const b = anything === "closed-vqa";',
    ].join("\n");
    expect(onGuests("ts/run/x.ts", source).map(({ line, guest }) => `${line} ${guest}`)).toEqual([
      "1 base",
      "2 source of data",
      "3 task",
      "5 task",
    ]);
    expect(onGuests("ts/config/bases/x.ts", source.split("\n")[0] ?? "")).toEqual([]);
  });
});
