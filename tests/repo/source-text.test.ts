import {
  blankPython,
  blankTs,
  longPythonFunctions,
  longTsFunctions,
  pythonImports,
  tsImports,
} from "../support/source-text.ts";

describe("blankTs", () => {
  it("blanks comments and keeps lines and columns", () => {
    const source = 'const a = 1; // one\n/* two\nthree */ const b = "// no comment";\n';
    const blanked = blankTs(source, { strings: false });
    expect(blanked).toBe('const a = 1;       \n      \n         const b = "// no comment";\n');
    expect(blanked).toHaveLength(source.length);
  });

  it("blanks what stands in strings, templates and regular expressions, not what a template computes", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text holds a template on purpose.
    expect(blankTs("f('x{', `a${g({ k: 1 })}b{`, /[/]{2}\\/\"/);", { strings: true }))
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the text holds a template on purpose.
      .toBe("f('  ', ` ${g({ k: 1 })}  `, /         /);");
  });

  it("takes a slash after a value for a division", () => {
    expect(blankTs("const c = (a + b) / 2; // half\nconst d = n / 2 / 3;", { strings: true })).toBe(
      "const c = (a + b) / 2;        \nconst d = n / 2 / 3;",
    );
    expect(blankTs("return /x y/.test(a);", { strings: true })).toBe("return /   /.test(a);");
  });
});

describe("tsImports", () => {
  it("finds every kind of import and export line", () => {
    const source = [
      'import "./side.ts";',
      'import type { A } from "./a.ts";',
      "import {",
      "  b,",
      "  c,",
      '} from "./b.ts";',
      'export { d } from "./d.ts";',
      'import { type E, type F } from "./e.ts";',
      'import g, { type H } from "./g.ts";',
      'const x = await import("./lazy.ts");',
      'type T = typeof import("./t.ts");',
      '// import "./no.ts"',
      "const text = \"from './neither.ts'\";",
    ].join("\n");
    expect(tsImports(source)).toEqual([
      { specifier: "./side.ts", line: 1, isTypeOnly: false, isDynamic: false },
      { specifier: "./a.ts", line: 2, isTypeOnly: true, isDynamic: false },
      { specifier: "./b.ts", line: 3, isTypeOnly: false, isDynamic: false },
      { specifier: "./d.ts", line: 7, isTypeOnly: false, isDynamic: false },
      { specifier: "./e.ts", line: 8, isTypeOnly: true, isDynamic: false },
      { specifier: "./g.ts", line: 9, isTypeOnly: false, isDynamic: false },
      { specifier: "./lazy.ts", line: 10, isTypeOnly: false, isDynamic: true },
      { specifier: "./t.ts", line: 11, isTypeOnly: true, isDynamic: true },
    ]);
  });
});

describe("pythonImports", () => {
  it("finds imports at the top, in functions and in brackets, not in strings", () => {
    const source = [
      '"""from doc import x"""',
      "from __future__ import annotations",
      "import a.b as c, d",
      "from .near import (",
      "    e,",
      "    f as g,",
      ")",
      "if TYPE_CHECKING:",
      "    from .types import H",
      "def f():",
      "    import late",
      "",
    ].join("\n");
    expect(
      pythonImports(source).map(({ module, names, isTypeOnly }) => [module, names.join(), isTypeOnly]),
    ).toEqual([
      ["__future__", "annotations", false],
      [".near", "e,f", false],
      [".types", "H", true],
      ["a.b", "", false],
      ["d", "", false],
      ["late", "", false],
    ]);
  });

  it("keeps the lines of what it blanks", () => {
    expect(blankPython("x = '#' # c\n'''a\nb''' + y\n")).toBe("x =        \n    \n     + y\n");
  });
});

describe("function lengths", () => {
  it("counts a TypeScript function from brace to brace and leaves objects and classes alone", () => {
    const body = Array.from({ length: 5 }, (_, index) => `  a${index}();`).join("\n");
    expect(longTsFunctions(`export function f(a: number): Promise<void> {\n${body}\n}\n`, 6)).toEqual([
      { line: 1, lines: 7 },
    ]);
    expect(longTsFunctions(`const f = (a: string) => {\n${body}\n};\n`, 6)).toEqual([{ line: 1, lines: 7 }]);
    expect(longTsFunctions(`class A {\n${body}\n}\nconst o = {\n${body}\n};\n`, 6)).toEqual([]);
    expect(longTsFunctions(`function f() {\n${body}\n}`, 7)).toEqual([]);
  });

  it("counts a Python function without its docstring", () => {
    const source =
      'def f(\n    a: int,\n) -> None:\n    """One.\n\n    Two.\n    """\n    x = 1\n    y = 2\n\n\nz = 3\n';
    expect(longPythonFunctions(source, 4)).toEqual([{ line: 1, lines: 5 }]);
    expect(longPythonFunctions(source, 5)).toEqual([]);
  });
});
