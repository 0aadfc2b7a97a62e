import { damaged, notRead } from "./damage.ts";
import { isStruct, structsIn, type ThriftStruct, textIn, whole, wholeOr } from "./thrift.ts";

/** What bytes of a leaf mean. */
export type Meaning =
  | { readonly kind: "plain" | "text" | "bytes" | "json" | "uuid" | "float16" | "date" | "unsigned" }
  | { readonly kind: "decimal"; readonly scale: number }
  | { readonly kind: "time" | "timestamp"; readonly perSecond: bigint; readonly zone: boolean };

export type PhysicalType =
  | "boolean"
  | "int32"
  | "int64"
  | "int96"
  | "float"
  | "double"
  | "byteArray"
  | "fixed";

/** A column as it is stored. */
export interface Leaf {
  readonly kind: "leaf";
  readonly name: string;
  /** Names from the column of the table to here, joined by dots. */
  readonly path: string;
  readonly type: PhysicalType;
  /** Bytes of a value of fixed length. */
  readonly length: number;
  readonly meaning: Meaning;
  readonly levels: Levels;
  /** Among the leaves of the table. */
  readonly index: number;
}

/** How deep a node stands: entries say with two numbers where they are null, and which list they go on with. */
export interface Levels {
  readonly repetition: "required" | "optional" | "repeated";
  /** Optional and repeated nodes from the top to here, this one too. */
  readonly definition: number;
  /** Repeated nodes from the top to here, this one too. */
  readonly repeated: number;
}

/** A struct, a list (its child repeats) or a map (its child repeats pairs). */
export interface Group {
  readonly kind: "struct" | "list" | "map" | "embedded";
  readonly name: string;
  readonly path: string;
  readonly children: readonly Node[];
  readonly levels: Levels;
  /** Indices of the leaves below. */
  readonly leaves: readonly number[];
}
export type Node = Leaf | Group;

/** The columns of a table and the leaves below them, in the order in which they are stored. */
export interface TableSchema {
  readonly columns: readonly Node[];
  readonly leaves: readonly Leaf[];
}

const maxDepth = 64;
const types: readonly PhysicalType[] = [
  "boolean",
  "int32",
  "int64",
  "int96",
  "float",
  "double",
  "byteArray",
  "fixed",
];
const repetitions = ["required", "optional", "repeated"] as const;

/**
 * The tree of columns out of the footer's flat list.
 *
 * @throws TomoeError `DATA_MANIFEST`, `DATA_UNSUPPORTED`.
 * @see https://parquet.apache.org/docs/file-format/types/logicaltypes/
 */
export function schemaOf(footer: ThriftStruct): TableSchema {
  const elements = structsIn(footer, 2, "the list of columns");
  const [root] = elements;
  if (root === undefined) throw damaged("the table has no columns");
  const reading = { elements, at: 1, leaves: [] as Leaf[] };
  const columns = children(reading, whole(root, 5, "the number of columns"), "", {
    repetition: "required",
    definition: 0,
    repeated: 0,
  });
  if (reading.at !== elements.length)
    throw damaged(`the list of columns has ${elements.length} entries, the columns use ${reading.at}`);
  if (columns.length === 0) throw damaged("the table has no columns");
  const twice = columns.find(({ name }, index) => columns.findIndex((one) => one.name === name) !== index);
  if (twice !== undefined) throw damaged(`the table names column "${twice.name}" twice`);
  return { columns, leaves: reading.leaves };
}

interface Reading {
  readonly elements: readonly ThriftStruct[];
  at: number;
  readonly leaves: Leaf[];
}

function children(
  reading: Reading,
  count: number,
  above: string,
  levels: Levels,
  depth = 1,
): readonly Node[] {
  if (depth > maxDepth) throw damaged(`columns are nested deeper than ${maxDepth}`);
  if (count > reading.elements.length - reading.at) throw damaged("the list of columns ends before they do");
  return Array.from({ length: count }, () => node(reading, above, levels, depth));
}

function node(reading: Reading, above: string, parent: Levels, depth: number): Node {
  const element = reading.elements[reading.at++];
  if (element === undefined) throw damaged("the list of columns ends before they do");
  const name = textIn(element.fields.get(4), "the name of a column");
  const path = above === "" ? name : `${above}.${name}`;
  const repetition = repetitions[whole(element, 3, `the repetition of column "${path}"`)];
  if (repetition === undefined) throw damaged(`column "${path}" has an unknown repetition`);
  const levels = {
    repetition,
    definition: parent.definition + (repetition === "required" ? 0 : 1),
    repeated: parent.repeated + (repetition === "repeated" ? 1 : 0),
  };
  const count = wholeOr(element, 5, `the number of columns below "${path}"`) ?? 0;
  if (!element.fields.has(1) || count > 0) {
    const first = reading.leaves.length;
    const below = children(reading, count, path, levels, depth + 1);
    if (below.length === 0) throw damaged(`column "${path}" has no columns below it`);
    const leaves = reading.leaves.slice(first).map(({ index }) => index);
    return { kind: groupKind(element, below), name, path, children: below, levels, leaves };
  }
  const leaf = leafOf(element, { name, path, levels, index: reading.leaves.length });
  reading.leaves.push(leaf);
  return leaf;
}

function leafOf(element: ThriftStruct, place: Pick<Leaf, "name" | "path" | "levels" | "index">): Leaf {
  const type = types[whole(element, 1, `the type of column "${place.path}"`)];
  if (type === undefined) throw damaged(`column "${place.path}" has an unknown type`);
  const length = wholeOr(element, 2, `the length of column "${place.path}"`) ?? 0;
  if (type === "fixed" && length === 0) throw damaged(`values of column "${place.path}" have no length`);
  return { kind: "leaf", ...place, type, length, meaning: meaningOf(element, type, place.path) };
}

/** A group's logical type, of which old writers state the converted one alone. */
function groupKind(element: ThriftStruct, below: readonly Node[]): Group["kind"] {
  const [logical] = logicalOf(element),
    converted = element.fields.get(6);
  const [only] = below;
  const repeats = below.length === 1 && only?.levels.repetition === "repeated";
  if (repeats && (logical === 3 || converted === 3)) return "list";
  if (repeats && only.kind !== "leaf" && only.children.length === 2)
    if (logical === 2 || converted === 1 || converted === 2) return "map";
  const file = below.find(({ name }) => name === "bytes");
  const isFile = file?.kind === "leaf" && file.meaning.kind === "bytes";
  const path = below.find(({ name }) => name === "path");
  if (below.length === 2 && isFile && path?.kind === "leaf" && path.meaning.kind === "text")
    return "embedded";
  return "struct";
}

/** The number of a union's one member, and the member. */
function logicalOf(element: ThriftStruct): readonly [number | undefined, ThriftStruct | undefined] {
  const union = element.fields.get(10);
  if (union === undefined || !isStruct(union)) return [undefined, undefined];
  const [entry] = union.fields;
  return entry === undefined ? [undefined, undefined] : [entry[0], isStruct(entry[1]) ? entry[1] : undefined];
}

const perSecond = [1000n, 1_000_000n, 1_000_000_000n] as const;

function meaningOf(element: ThriftStruct, type: PhysicalType, path: string): Meaning {
  const [logical, member] = logicalOf(element);
  const converted = element.fields.get(6);
  const isBytes = type === "byteArray" || type === "fixed";
  if (logical === 5 || converted === 5) {
    const scale = member?.fields.get(1) ?? element.fields.get(7) ?? 0;
    if (typeof scale !== "number" || scale < 0 || scale > 1000)
      throw damaged(`column "${path}" has a decimal scale of ${String(scale)}`);
    return { kind: "decimal", scale };
  }
  if ((logical === 7 || logical === 8) && member !== undefined) {
    const unit = member.fields.get(2);
    const [which] = unit !== undefined && isStruct(unit) ? unit.fields.keys() : [];
    const units = perSecond[(which ?? 0) - 1];
    if (units === undefined) throw notRead(`column "${path}" has times of an unknown unit`);
    const kind = logical === 7 ? "time" : "timestamp";
    return { kind, perSecond: units, zone: member.fields.get(1) === true };
  }
  if (type === "int96") return { kind: "timestamp", perSecond: perSecond[2], zone: false };
  if (converted === 7 || converted === 8) return timed("time", converted - 7);
  if (converted === 9 || converted === 10) return timed("timestamp", converted - 9);
  if (logical === 6 || converted === 6) return { kind: "date" };
  if (logical === 14 && type === "fixed") return { kind: "uuid" };
  if (logical === 15 && type === "fixed") return { kind: "float16" };
  if (isBytes && (logical === 1 || logical === 4 || converted === 0 || converted === 4))
    return { kind: "text" };
  if (isBytes && (logical === 12 || converted === 19)) return { kind: "json" };
  if (isBytes) return { kind: "bytes" };
  const isUnsigned =
    logical === 10
      ? member?.fields.get(2) === false
      : typeof converted === "number" && converted >= 11 && converted <= 14;
  return { kind: isUnsigned ? "unsigned" : "plain" };
}

const timed = (kind: "time" | "timestamp", unit: number): Meaning => ({
  kind,
  perSecond: perSecond[unit] ?? perSecond[0],
  zone: true,
});
