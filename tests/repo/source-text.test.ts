import { readPython } from "../support/python-source.ts";
import {
  blankTs,
  codeOf,
  linesOfKind,
  parseTs,
  tsDefinitions,
  tsFunctions,
  tsImports,
} from "../support/ts-source.ts";

describe("TypeScript without what is not code", () => {
  it("blanks comments and keeps lines and columns", () => {
    const source = 'const a = 1; // one\n/* two\nthree */ const b = "// no comment";\n';
    const blanked = blankTs(source, { strings: false, templates: false });
    expect(blanked).toBe('const a = 1;       \n      \n         const b = "// no comment";\n');
    expect(blanked).toHaveLength(source.length);
  });

  it("blanks what stands in strings, templates and regular expressions, not what a template computes", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text holds a template on purpose.
    expect(codeOf("f('x{', `a${g({ k: 1 })}b{`, /[/]{2}\\/\"/);"))
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the text holds a template on purpose.
      .toBe("f('  ', ` ${g({ k: 1 })}  `, /         /);");
    const source = 'const a = "topK", b = `topK`;';
    expect(blankTs(source, { strings: false, templates: true })).toBe('const a = "topK", b = `    `;');
  });

  it("takes a slash after a value for a division, and counts no character twice", () => {
    expect(codeOf("const c = (a + b) / 2; // half\nconst d = n / 2 / 3;")).toBe(
      "const c = (a + b) / 2;        \nconst d = n / 2 / 3;",
    );
    expect(codeOf('const e = "\u{1f9e0}"; /* x */ f();')).toBe('const e = "  ";         f();');
  });

  it("refuses what does not parse", () => {
    expect(() => parseTs("const = 1;")).toThrow(SyntaxError);
  });
});

describe("the imports of TypeScript", () => {
  it("are those of every kind, with what is erased told from what is loaded", () => {
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
      'export type { I } from "./i.ts";',
      'const x = await import("./lazy.ts");',
      'type T = typeof import("./t.ts");',
      '// import "./no.ts"',
      "const text = \"from './neither.ts'\";",
    ].join("\n");
    expect(
      tsImports(source).map(({ specifier, line, isTypeOnly, isDynamic }) =>
        [specifier, line, isTypeOnly ? "type" : "value", isDynamic ? "late" : "first"].join(" "),
      ),
    ).toEqual([
      "./side.ts 1 value first",
      "./a.ts 2 type first",
      "./b.ts 3 value first",
      "./d.ts 7 value first",
      "./e.ts 8 type first",
      "./g.ts 9 value first",
      "./i.ts 10 type first",
      "./lazy.ts 11 value late",
      "./t.ts 12 type late",
    ]);
  });
});

describe("the functions of TypeScript", () => {
  const body = Array.from({ length: 5 }, (_, index) => `  a${index}();`).join("\n");

  it("are as long as from the signature to the closing brace; objects and classes are none", () => {
    const signature = "export function f(\n  a: number,\n): Promise<void> {";
    expect(tsFunctions(`${signature}\n${body}\n}\n`)).toEqual([{ line: 1, lines: 9 }]);
    expect(tsFunctions(`const f = (a: string) => {\n${body}\n};\nconst g = () => 1;\n`)).toEqual([
      { line: 1, lines: 7 },
    ]);
    expect(tsFunctions(`class A { m() {\n${body.replaceAll(";", ";")}\n} }\nconst o = {\n};\n`)).toEqual([
      { line: 1, lines: 7 },
    ]);
  });

  it("are found inside others too", () => {
    expect(tsFunctions("function f() {\n  return () => {\n    g();\n  };\n}\n")).toEqual([
      { line: 1, lines: 5 },
      { line: 2, lines: 3 },
    ]);
  });
});

describe("the definitions of TypeScript", () => {
  it("are the functions, classes and variables of the top level, with what stands above them", () => {
    const source = [
      "/** Says what. */",
      "export function f(): void;",
      "export function f(a?: number): void { function inner() {} }",
      "// No docstring.",
      "export class A {}",
      "const b = 1, c = 2;",
      "export type T = number;",
    ].join("\n");
    expect(
      tsDefinitions(source).map(({ name, kind, line, isExported, isDocumented }) =>
        [name, kind, line, isExported, isDocumented].join(" "),
      ),
    ).toEqual([
      "f function 2 true true",
      "f function 3 true false",
      "A class 5 true false",
      "b const 6 false false",
      "c const 6 false false",
    ]);
  });

  it("tell every node of a kind, once", () => {
    const source = "const a: any = b!;\nexport default a;\nexport * from './x.ts'; // any!\n";
    expect(linesOfKind(source, "TSAnyKeyword", "TSNonNullExpression")).toEqual([1, 1]);
    expect(linesOfKind(source, "ExportDefaultDeclaration", "ExportAllDeclaration")).toEqual([2, 3]);
  });
});

describe("Python", () => {
  const [first, second] = readPython([
    [
      '"""from doc import x"""',
      "from __future__ import annotations",
      "import a.b as c, d",
      "from .near import (",
      "    e,",
      "    f as g,",
      ")",
      "if TYPE_CHECKING:",
      "    from .types import H",
      "LIMIT: int = 2**30",
      "SIZES = (1, 2)",
      "open(LIMIT)",
      "@dataclass(frozen=True)",
      "class A:",
      "    x: int",
      "    y: int = 3",
      "def f(",
      "    a,",
      "):",
      '    """One.',
      "",
      '    Two."""',
      "    import late",
      "    raise ValueError('x')",
      "",
    ].join("\n"),
    "x = '#' # c\n'''a\nb''' + y\nraise TomoeError('x')\n",
  ]);

  it("imports at the top, in functions and in brackets, not in strings", () => {
    expect(
      first?.imports.map(({ module, names, isTypeOnly }) => [module, names.join(), isTypeOnly]).sort(),
    ).toEqual([
      [".near", "e,f", false],
      [".types", "H", true],
      ["__future__", "annotations", false],
      ["a.b", "", false],
      ["d", "", false],
      ["late", "", false],
    ]);
  });

  it("defines at the top level, with the value of a constant as it is written", () => {
    expect(first?.definitions.map(({ name, kind, value }) => [name, kind, value])).toEqual([
      ["LIMIT", "const", "2 ** 30"],
      ["SIZES", "const", "(1, 2)"],
      ["A", "class", null],
      ["f", "function", null],
    ]);
    expect(first?.fields.map(({ owner, name, hasDefault }) => [owner, name, hasDefault])).toEqual([
      ["A", "x", false],
      ["A", "y", true],
    ]);
    expect(first?.hasDocstring).toBe(true);
  });

  it("tells a function's lines without its docstring, what importing calls, and errors of Python's own", () => {
    expect(first?.functions).toEqual([{ line: 17, lines: 5 }]);
    expect(first?.callsOnImport).toEqual([{ name: "open", line: 12 }]);
    expect([first?.bareRaises, second?.bareRaises]).toEqual([[24], []]);
  });

  it("keeps the lines of what it blanks", () => {
    expect(second?.code).toBe("x =        \n    \n     + y\nraise TomoeError(   )\n");
    expect(second?.withoutComments).toBe("x = '#'    \n'''a\nb''' + y\nraise TomoeError('x')\n");
  });

  it("is refused where it does not parse", () => {
    expect(() => readPython(["def f(:\n"])).toThrow(/SyntaxError/);
  });
});
