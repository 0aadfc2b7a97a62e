import { blankTs } from "../support/source-text.ts";
import { listed, pythonSources, repoText, tsSources } from "../support/source-tree.ts";

describe("docstrings", () => {
  it("stand above every exported function and class of TypeScript", () => {
    // A file whose functions are one family says it once for all of them, with the errors: "every function
    // here ...".
    const problems = tsSources()
      .filter((path) => !/\bevery function here\b/i.test(repoText(path)))
      .flatMap((path) => {
        const lines = repoText(path).split("\n"),
          code = blankTs(repoText(path), { strings: true }).split("\n");
        return code.flatMap((line, index) => {
          const name = /^export (?:declare )?(?:async )?(?:abstract )?(?:function\*?|class) (\w+)/.exec(
            line,
          )?.[1];
          if (name === undefined) return [];
          const above = lines[index - 1]?.trimEnd() ?? "";
          // Further overloads, and the body they share, stand under the first one's.
          const isOverload = new RegExp(`^export (?:async )?function ${name}\\b`).test(
            lines.slice(0, index).findLast((before) => before.startsWith("export ")) ?? "",
          );
          return above.endsWith("*/") || isOverload ? [] : [`${path}:${index + 1}: ${name}`];
        });
      });
    expect(listed(problems)).toBe("");
  });

  it("open every module of the worker", () => {
    const silent = pythonSources().filter(
      (path) => repoText(path).trim() !== "" && !/^(?:#[^\n]*\n)*\s*(?:"""|r""")/.test(repoText(path)),
    );
    expect(listed(silent)).toBe("");
  });
});
