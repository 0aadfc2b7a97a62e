/**
 * TypeScript and JavaScript source as oxc-parser reads it, for the rules of tests/repo and the measures: import
 * lines, functions, exports, and the text without comments and strings. Every function here takes source text;
 * each text is parsed once a process.
 */
import { type ParseResult, parseSync, Visitor } from "oxc-parser";

interface Span {
  readonly start: number;
  readonly end: number;
}

interface Parsed extends ParseResult {
  /** 1-based line of an offset. */
  lineAt(offset: number): number;
}

const known = new Map<string, Parsed>();

/** Parses a source; throws SyntaxError where TypeScript would not, so that no rule passes over what it cannot read. */
export function parseTs(source: string): Parsed {
  const before = known.get(source);
  if (before !== undefined) return before;
  const result = parseSync("source.ts", source);
  if (result.errors.length > 0)
    throw new SyntaxError(result.errors.map(({ codeframe, message }) => codeframe ?? message).join("\n"));
  const breaks = [...source.matchAll(/\n/g)].map(({ index }) => index);
  const lineAt = (offset: number): number => {
    let [low, high] = [0, breaks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((breaks[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
  const { program, module, comments, errors } = result;
  const parsed = { program, module, comments, errors, lineAt };
  known.set(source, parsed);
  return parsed;
}

/** What of a source is not looked at: comments always, the contents of strings and of templates if asked. */
export interface BlankOptions {
  readonly strings: boolean;
  readonly templates: boolean;
}

/** The same text with comments, and what else is asked, replaced by spaces; lines and columns stay. */
export function blankTs(source: string, options: BlankOptions): string {
  const { program, comments } = parseTs(source);
  const spans: Span[] = [...comments];
  const inner = ({ start, end }: Span): Span => ({ start: start + 1, end: end - 1 });
  new Visitor({
    Literal(node) {
      if (options.strings && (typeof node.value === "string" || "regex" in node)) spans.push(inner(node));
    },
    TemplateElement(node) {
      const opens = source.slice(node.end - 2, node.end) === "${" ? 2 : 1;
      if (options.templates) spans.push({ start: node.start + 1, end: node.end - opens });
    },
  }).visit(program);
  const out = source.split("");
  for (const { start, end } of spans)
    for (let at = start; at < end; at += 1) if (out[at] !== "\n") out[at] = " ";
  return out.join("");
}

/** The text of what runs: without comments and without the contents of strings and templates. */
export function codeOf(source: string): string {
  return blankTs(source, { strings: true, templates: true });
}

export interface ImportLine {
  readonly specifier: string;
  readonly line: number;
  /** Erased before the code runs. */
  readonly isTypeOnly: boolean;
  /** `import("...")`: loaded when it is reached, or a type looked up there. */
  readonly isDynamic: boolean;
}

const isAllTypes = (kinds: readonly (string | undefined)[]): boolean =>
  kinds.length > 0 && kinds.every((kind) => kind === "type");

/** All import and re-export lines, those inside functions and types after those at the top. */
export function tsImports(source: string): ImportLine[] {
  const { program, lineAt } = parseTs(source);
  const found: ImportLine[] = [];
  for (const node of program.body) {
    if (node.type === "ImportDeclaration") {
      const kinds = node.specifiers.map((name) => ("importKind" in name ? name.importKind : "value"));
      found.push({
        specifier: node.source.value,
        line: lineAt(node.start),
        isTypeOnly: node.importKind === "type" || isAllTypes(kinds),
        isDynamic: false,
      });
    } else if (
      (node.type === "ExportNamedDeclaration" || node.type === "ExportAllDeclaration") &&
      node.source !== null
    ) {
      const kinds = "specifiers" in node ? node.specifiers.map(({ exportKind }) => exportKind) : [];
      found.push({
        specifier: node.source.value,
        line: lineAt(node.start),
        isTypeOnly: node.exportKind === "type" || isAllTypes(kinds),
        isDynamic: false,
      });
    }
  }
  const late = (specifier: string, start: number, isTypeOnly: boolean): void => {
    found.push({ specifier, line: lineAt(start), isTypeOnly, isDynamic: true });
  };
  new Visitor({
    ImportExpression(node) {
      if (node.source.type === "Literal") late(String(node.source.value), node.start, false);
    },
    TSImportType(node) {
      late(node.source.value, node.start, true);
    },
  }).visit(program);
  return found;
}

export interface FunctionSize {
  readonly line: number;
  /** From the first line of the signature to the closing brace. */
  readonly lines: number;
}

/** Functions, methods and arrows with a body of their own, the inner ones too. */
export function tsFunctions(source: string): FunctionSize[] {
  const { program, lineAt } = parseTs(source);
  const found: FunctionSize[] = [];
  const add = ({ start, end }: Span): void => {
    const line = lineAt(start);
    found.push({ line, lines: lineAt(end) - line + 1 });
  };
  new Visitor({
    FunctionDeclaration: add,
    FunctionExpression: add,
    ArrowFunctionExpression(node) {
      if (node.body.type === "BlockStatement") add(node);
    },
  }).visit(program);
  return found.sort((a, b) => a.line - b.line);
}

export interface Definition {
  readonly name: string;
  readonly kind: "function" | "class" | "const";
  readonly line: number;
  readonly isExported: boolean;
  /** A comment ends on the line above. */
  readonly isDocumented: boolean;
}

/** Top-level functions (each overload), classes and variables. */
export function tsDefinitions(source: string): Definition[] {
  const { program, comments, lineAt } = parseTs(source);
  const commentEnds = new Set(comments.filter(({ type }) => type === "Block").map(({ end }) => lineAt(end)));
  return program.body.flatMap((node): Definition[] => {
    const isExported = node.type === "ExportNamedDeclaration";
    const inner = isExported ? node.declaration : node;
    const line = lineAt(node.start);
    const place = { line, isExported, isDocumented: commentEnds.has(line - 1) };
    switch (inner?.type) {
      case "FunctionDeclaration":
      case "TSDeclareFunction":
        return [{ name: inner.id?.name ?? "", kind: "function", ...place }];
      case "ClassDeclaration":
        return [{ name: inner.id?.name ?? "", kind: "class", ...place }];
      case "VariableDeclaration":
        return inner.declarations.map(({ id }) => ({
          name: id.type === "Identifier" ? id.name : "",
          kind: "const",
          ...place,
        }));
      default:
        return [];
    }
  });
}

/** Lines of every node of one of these kinds ("TSAnyKeyword", "ExportDefaultDeclaration", ...). */
export function linesOfKind(source: string, ...kinds: readonly string[]): number[] {
  const { program, lineAt } = parseTs(source);
  const lines: number[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      value.forEach(visit);
      return;
    }
    if (typeof value !== "object" || value === null) return;
    const node = value as Readonly<Record<string, unknown>>;
    if (typeof node.type === "string" && kinds.includes(node.type)) lines.push(lineAt(Number(node.start)));
    Object.values(node).forEach(visit);
  };
  visit(program.body);
  return lines;
}

/** Time limits that tests and hooks of jest are given, as they are written. */
export function testLimits(source: string): { readonly line: number; readonly limit: string }[] {
  const { program, lineAt } = parseTs(source);
  const found: { readonly line: number; readonly limit: string }[] = [];
  new Visitor({
    CallExpression({ callee, arguments: args }) {
      const [title, body, limit] = args.length === 2 ? [undefined, ...args] : args;
      if (!/^(?:Literal|Identifier)$/.test(limit?.type ?? "") || !/Function/.test(body?.type ?? "")) return;
      const isHook = callee.type === "Identifier" && /^(?:before|after)(?:All|Each)$/.test(callee.name);
      const isTest = title?.type === "TemplateLiteral" || (title?.type === "Literal" && args.length === 3);
      if (limit !== undefined && (isHook || isTest))
        found.push({ line: lineAt(limit.start), limit: source.slice(limit.start, limit.end) });
    },
  }).visit(program);
  return found;
}
