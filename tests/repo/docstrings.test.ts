import { workerFacts } from "../support/python-source.ts";
import { listed, repoText, tsSources } from "../support/source-tree.ts";
import { tsDefinitions } from "../support/ts-source.ts";

describe("docstrings", () => {
  it("stand above every exported function and class of TypeScript", () => {
    // A file whose functions are one family says it once for all of them, with the errors: "every function
    // here ...".
    const problems = tsSources()
      .filter((path) => !/\bevery function here\b/i.test(repoText(path)))
      .flatMap((path) => {
        const all = tsDefinitions(repoText(path)).filter(({ isExported }) => isExported);
        return (
          all
            .filter(({ kind, isDocumented }) => kind !== "const" && !isDocumented)
            // Further overloads, and the body they share, stand under the first one's.
            .filter(({ name, line }) => all.findLast((before) => before.line < line)?.name !== name)
            .map(({ name, line }) => `${path}:${line}: ${name}`)
        );
      });
    expect(listed(problems)).toBe("");
  });

  it("open every module of the worker", () => {
    const silent = [...workerFacts()].filter(
      ([path, { hasDocstring }]) => !hasDocstring && repoText(path).trim() !== "",
    );
    expect(listed(silent.map(([path]) => path))).toBe("");
  });
});
