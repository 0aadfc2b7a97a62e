/** Shapes of code that the rules of the house speak of: tables of implementations, and branches on a name. */
import { type Expression, Visitor } from "oxc-parser";
import { parseTs } from "./ts-source.ts";

export interface Table {
  readonly name: string;
  readonly line: number;
  /** Names of its rows. */
  readonly rows: readonly string[];
}

/** Constants whose type has a row for every name of a union: `const x: { readonly [K in Kind]: ... } = {...}`. */
export function tablesOf(source: string): readonly Table[] {
  const { program, lineAt } = parseTs(source);
  const found: Table[] = [];
  new Visitor({
    VariableDeclarator({ id, init, start }) {
      if (id.type !== "Identifier" || id.typeAnnotation?.typeAnnotation.type !== "TSMappedType") return;
      if (init?.type !== "ObjectExpression") return;
      const rows = init.properties.flatMap((row) =>
        row.type === "Property" ? [source.slice(row.key.start, row.key.end).replaceAll('"', "")] : [],
      );
      found.push({ name: id.name, line: lineAt(start), rows });
    },
  }).visit(program);
  return found;
}

/** Interfaces that the classes of a source implement, one entry a class and interface. */
export function implementedBy(source: string): readonly string[] {
  const found: string[] = [];
  new Visitor({
    ClassDeclaration(node) {
      for (const { expression } of node.implements ?? [])
        found.push(source.slice(expression.start, expression.end));
    },
  }).visit(parseTs(source).program);
  return found;
}

export interface Branch {
  readonly line: number;
  /** The text that something is compared with. */
  readonly value: string;
  /** What is compared with it, as it is written. */
  readonly asked: string;
}

/** Comparisons with a text and cases of a switch over texts. */
export function branchesOn(source: string): readonly Branch[] {
  const { program, lineAt } = parseTs(source);
  const found: Branch[] = [];
  const add = (
    value: unknown,
    asked: { readonly start: number; readonly end: number },
    start: number,
  ): void => {
    if (typeof value === "string")
      found.push({ line: lineAt(start), value, asked: source.slice(asked.start, asked.end) });
  };
  new Visitor({
    BinaryExpression({ operator, left, right, start }) {
      if (!/^[!=]==?$/.test(operator)) return;
      if (right.type === "Literal") add(right.value, left, start);
      if (left.type === "Literal") add(left.value, right, start);
    },
    SwitchStatement({ discriminant, cases }) {
      for (const { test, start } of cases) if (test?.type === "Literal") add(test.value, discriminant, start);
    },
  }).visit(program);
  return found;
}

/** A text as far as it is written out: its first and its last piece, "" where something computed stands. */
export interface WrittenText {
  readonly line: number;
  readonly first: string;
  readonly last: string;
}

/** The texts that a property of this name is given in object literals, both ways of a choice. */
export function textsOf(source: string, property: string): readonly WrittenText[] {
  const { program, lineAt } = parseTs(source);
  const found: WrittenText[] = [];
  const add = (value: Expression): void => {
    const line = lineAt(value.start);
    if (value.type === "Literal" && typeof value.value === "string")
      found.push({ line, first: value.value, last: value.value });
    else if (value.type === "TemplateLiteral")
      found.push({
        line,
        first: value.quasis[0]?.value.cooked ?? "",
        last: value.quasis.at(-1)?.value.cooked ?? "",
      });
    else if (value.type === "ConditionalExpression") {
      add(value.consequent);
      add(value.alternate);
    }
  };
  new Visitor({
    Property({ key, value }) {
      if (key.type === "Identifier" && key.name === property) add(value as Expression);
    },
  }).visit(program);
  return found;
}

/** Calls of `name` ("fc.assert"), each with the texts of its arguments. */
export function callsOf(
  source: string,
  name: string,
): readonly { readonly line: number; readonly given: readonly string[] }[] {
  const { program, lineAt } = parseTs(source);
  const found: { readonly line: number; readonly given: readonly string[] }[] = [];
  new Visitor({
    CallExpression({ callee, arguments: args, start }) {
      if (source.slice(callee.start, callee.end) === name)
        found.push({ line: lineAt(start), given: args.map((arg) => source.slice(arg.start, arg.end)) });
    },
  }).visit(program);
  return found;
}
