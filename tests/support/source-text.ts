/**
 * Reads TypeScript and Python source well enough for the rules of tests/repo: comments and strings told from
 * code, import lines, function
 * lengths. TypeScript 7 has no JavaScript API, so this is a scanner of our own, tested in
 * tests/repo/source-text.test.ts.
 */

export interface BlankOptions {
  /** Blank the contents of strings and templates too, not only comments. */
  readonly strings: boolean;
}

const regexMayFollow =
  /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|new|throw|await|yield|void|delete))$/;

/**
 * The same text with comments, and strings if asked, replaced by spaces; line breaks stay, so lines and
 * columns do.
 *
 * @param source - TypeScript or plain JavaScript.
 */
export function blankTs(source: string, options: BlankOptions): string {
  const out = [...source];
  const blank = (from: number, to: number): void => {
    for (let at = from; at < to; at += 1) if (out[at] !== "\n") out[at] = " ";
  };
  // Brace depths at which a template's ${ } closes.
  const templateDepths: number[] = [];
  let depth = 0,
    at = 0,
    code = "";
  const templateEnd = (from: number): number => {
    let end = from;
    while (end < source.length) {
      if (source[end] === "\\") end += 2;
      else if (source[end] === "`") return end + 1;
      else if (source.startsWith("${", end)) {
        templateDepths.push(depth);
        depth += 1;
        return end + 2;
      } else end += 1;
    }
    return end;
  };
  while (at < source.length) {
    const char = source[at] ?? "",
      next = source[at + 1] ?? "";
    if (char === "/" && next === "/") {
      const end = source.indexOf("\n", at) === -1 ? source.length : source.indexOf("\n", at);
      blank(at, end);
      at = end;
    } else if (char === "/" && next === "*") {
      const close = source.indexOf("*/", at + 2);
      const end = close === -1 ? source.length : close + 2;
      blank(at, end);
      at = end;
    } else if (char === '"' || char === "'" || (char === "/" && regexMayFollow.test(code))) {
      const end = char === "/" ? regexEnd(source, at) : stringEnd(source, at);
      if (options.strings) blank(at + 1, end - 1);
      code = "x";
      at = end;
    } else if (char === "`" || (char === "}" && templateDepths.at(-1) === depth - 1)) {
      if (char === "}") {
        depth -= 1;
        templateDepths.pop();
      }
      const end = templateEnd(at + 1);
      if (options.strings) blank(at + 1, end - (source[end - 1] === "{" ? 2 : 1));
      code = source[end - 1] === "{" ? "{" : "x";
      at = end;
    } else {
      if (char === "{") depth += 1;
      if (char === "}") depth -= 1;
      if (char.trim() !== "") code = (code + char).slice(-12);
      else if (/\w$/.test(code) && /\w/.test(next)) code = `${code} `.slice(-12);
      at += 1;
    }
  }
  return out.join("");
}

function stringEnd(source: string, start: number): number {
  let at = start + 1;
  while (at < source.length && source[at] !== source[start] && source[at] !== "\n")
    at += source[at] === "\\" ? 2 : 1;
  return at + 1;
}

function regexEnd(source: string, start: number): number {
  let at = start + 1,
    isInClass = false;
  while (at < source.length && source[at] !== "\n") {
    if (source[at] === "\\") at += 1;
    else if (source[at] === "[") isInClass = true;
    else if (source[at] === "]") isInClass = false;
    else if (source[at] === "/" && !isInClass) return at + 1;
    at += 1;
  }
  return at;
}

export interface ImportLine {
  readonly specifier: string;
  readonly line: number;
  /** Erased before the code runs. */
  readonly isTypeOnly: boolean;
  /** `import("...")`: loaded when it is reached. */
  readonly isDynamic: boolean;
}

const staticImport = /(?:^|[;\n])\s*(import|export)\s+(type\s+)?(?:[^;"'()=]*?\sfrom\s*)?["']([^"']+)["']/g;

/** All import and re-export lines of a TypeScript source. */
export function tsImports(source: string): ImportLine[] {
  const code = blankTs(source, { strings: false });
  const lineAt = (index: number): number => code.slice(0, index).split("\n").length;
  const found: ImportLine[] = [];
  for (const match of code.matchAll(staticImport)) {
    const start = match.index + match[0].search(/import|export/);
    const names = /\{([^}]*)\}/.exec(match[0])?.[1];
    const allTypes =
      names !== undefined &&
      names.trim() !== "" &&
      !/^[^{]*\w\s*,\s*\{/.test(match[0]) &&
      names.split(",").every((name) => name.trim() === "" || name.trim().startsWith("type "));
    found.push({
      specifier: match[3] ?? "",
      line: lineAt(start),
      isTypeOnly: match[2] !== undefined || allTypes,
      isDynamic: false,
    });
  }
  for (const match of code.matchAll(/(?<![\w.])(typeof\s+)?import\(\s*["']([^"']+)["']\s*\)/g)) {
    found.push({
      specifier: match[2] ?? "",
      line: lineAt(match.index),
      isTypeOnly: match[1] !== undefined,
      isDynamic: true,
    });
  }
  return found;
}

export interface LongFunction {
  readonly line: number;
  readonly lines: number;
}

/** Functions, methods and arrow bodies of more than `limit` lines from the opening to the closing brace. */
export function longTsFunctions(source: string, limit: number): LongFunction[] {
  const code = blankTs(source, { strings: true });
  const opened: { readonly line: number; readonly isFunction: boolean }[] = [];
  const found: LongFunction[] = [];
  let line = 1,
    header = "";
  for (const char of code) {
    if (char === "\n") line += 1;
    if (char === "{") {
      const isFunction =
        (/\)\s*(?::[^{}()]*)?$/.test(header) || /=>\s*$/.test(header)) &&
        !/^\s*(?:export\s+)?(?:class|interface|if|for|while|switch)\b/.test(header);
      opened.push({ line, isFunction });
      header = "";
    } else if (char === "}") {
      const start = opened.pop();
      const lines = line - (start?.line ?? line) + 1;
      if (start?.isFunction === true && lines > limit) found.push({ line: start.line, lines });
      header = "";
    } else header = char === ";" ? "" : header + char;
  }
  return found;
}

/** The same Python text with comments and all strings blanked; line breaks stay. */
export function blankPython(source: string): string {
  const pattern = /("""|''')[\s\S]*?(?:(?<!\\)\1|$)|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|#[^\n]*/g;
  return source.replaceAll(pattern, (text) => text.replaceAll(/[^\n]/g, " "));
}

export interface PythonImport {
  /** Dotted name; relative imports begin with dots. */
  readonly module: string;
  /** Names of `from module import ...`, empty for `import module`. */
  readonly names: readonly string[];
  readonly line: number;
  /** Below `if TYPE_CHECKING:`: never run. */
  readonly isTypeOnly: boolean;
}

/** All import statements of a Python source, those inside functions too. */
export function pythonImports(source: string): PythonImport[] {
  const code = blankPython(source);
  const typeBlocks = [...code.matchAll(/^if TYPE_CHECKING:[^\n]*\n(?:(?:[ \t]+[^\n]*|[ \t]*)\n)*/gm)].map(
    (match) => [match.index, match.index + match[0].length] as const,
  );
  const place = (index: number): { line: number; isTypeOnly: boolean } => ({
    line: code.slice(0, index).split("\n").length,
    isTypeOnly: typeBlocks.some(([from, to]) => from <= index && index < to),
  });
  const found: PythonImport[] = [];
  for (const match of code.matchAll(/^[ \t]*from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)/gm)) {
    const names = (match[2] ?? "")
      .replaceAll(/[()]/g, " ")
      .split(",")
      .map((name) => name.trim().split(/\s+/)[0] ?? "")
      .filter((name) => name !== "");
    found.push({ module: match[1] ?? "", names, ...place(match.index) });
  }
  for (const match of code.matchAll(/^[ \t]*import[ \t]+([^\n]+)/gm)) {
    for (const name of (match[1] ?? "").split(",")) {
      found.push({ module: name.trim().split(/\s+/)[0] ?? "", names: [], ...place(match.index) });
    }
  }
  return found;
}

/** Python functions of more than `limit` lines, the docstring not counted. */
export function longPythonFunctions(source: string, limit: number): LongFunction[] {
  const lines = source.split("\n"),
    code = blankPython(source).split("\n");
  const found: LongFunction[] = [];
  for (const [index, text] of code.entries()) {
    const indent = /^(\s*)(?:async\s+)?def\s/.exec(text)?.[1];
    if (indent === undefined) continue;
    let end = index;
    // A closing bracket of the signature may stand at the indent of the def.
    for (let at = index + 1; at < code.length; at += 1) {
      const here = code[at] ?? "";
      if (here.trim() === "") continue;
      if ((/^\s*/.exec(here)?.[0].length ?? 0) <= indent.length && !/^\s*\)/.test(here)) break;
      end = at;
    }
    const body = lines.slice(index, end + 1).join("\n");
    const docstring = /:\s*\n\s*("""|''')[\s\S]*?\1/.exec(body)?.[0].split("\n").length ?? 1;
    const counted = end - index + 1 - (docstring - 1);
    if (counted > limit) found.push({ line: index + 1, lines: counted });
  }
  return found;
}
