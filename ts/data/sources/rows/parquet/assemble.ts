import { damaged } from "./damage.ts";
import { type Converted, converted, Unread } from "./meaning.ts";
import type { Page } from "./pages.ts";
import type { Group, Leaf, Node, TableSchema } from "./schema.ts";

/** A row by its columns, or why it cannot be read. */
export type Assembled =
  | { readonly values: { readonly [column: string]: unknown } }
  | { readonly problem: string; readonly code: "DATA_MANIFEST" | "DATA_UNSUPPORTED" };

/** Where a walk over the entries of a leaf stands. */
class Cursor {
  readonly leaf: Leaf;
  readonly #pages: readonly Page[];
  #page = 0;
  #entry = 0;
  #value = 0;

  constructor(leaf: Leaf, pages: readonly Page[]) {
    this.leaf = leaf;
    this.#pages = pages.filter(({ entries }) => entries > 0);
  }

  /** Rows that begin in its entries. */
  get rows(): number {
    return this.#pages.reduce(
      (sum, { entries, repetition }) =>
        sum + (repetition === undefined ? entries : repetition.reduce((rows, one) => rows + +(one === 0), 0)),
      0,
    );
  }

  /** How deep the next entry is there. */
  get definition(): number {
    return this.#here.definition?.[this.#entry] ?? this.leaf.levels.definition;
  }

  /** The list that the next entry goes on with; 0 where a row begins, and behind the last. */
  get repetition(): number {
    return this.#pages[this.#page]?.repetition?.[this.#entry] ?? 0;
  }

  /** Takes the next entry; its value, null where it has none. */
  take(): Converted {
    const page = this.#here;
    const isValue = this.definition === this.leaf.levels.definition;
    const value = isValue ? converted(this.leaf, page.values.at(this.#value++)) : null;
    if (++this.#entry === page.entries) {
      this.#page++;
      this.#entry = 0;
      this.#value = 0;
    }
    return value;
  }

  get #here(): Page {
    const page = this.#pages[this.#page];
    if (page === undefined) throw damaged(`column "${this.leaf.path}" ends before the others do`);
    return page;
  }
}

/**
 * Rows of a row group out of its columns, one by one.
 *
 * @param pages - of each leaf.
 * @param rows - that the footer tells of.
 * @throws TomoeError `DATA_MANIFEST` for columns that have other rows, or do not fit each other.
 * @see https://research.google/pubs/dremel-interactive-analysis-of-web-scale-datasets-2/ section 4
 */
export function* assembled(
  schema: TableSchema,
  pages: readonly (readonly Page[])[],
  rows: number,
): Generator<Assembled> {
  const cursors = schema.leaves.map((leaf, index) => new Cursor(leaf, pages[index] ?? []));
  for (const cursor of cursors)
    if (cursor.repetition !== 0) throw damaged(`column "${cursor.leaf.path}" begins within a row`);
    else if (cursor.rows !== rows)
      throw damaged(`column "${cursor.leaf.path}" has ${cursor.rows} rows, the row group ${rows}`);
  for (let row = 0; row < rows; row++) yield new RowReader(cursors).row(schema.columns);
}

/** Reads one row; the first value that cannot be read is what is wrong with it. */
class RowReader {
  readonly #cursors: readonly Cursor[];
  #wrong: Extract<Assembled, { readonly problem: string }> | undefined;

  constructor(cursors: readonly Cursor[]) {
    this.#cursors = cursors;
  }

  row(columns: readonly Node[]): Assembled {
    const values = Object.fromEntries(columns.map((column) => [column.name, this.#node(column)]));
    return this.#wrong ?? { values };
  }

  #refuse(problem: string, code: "DATA_MANIFEST" | "DATA_UNSUPPORTED" = "DATA_MANIFEST"): null {
    this.#wrong ??= { problem, code };
    return null;
  }

  #node(node: Node): unknown {
    const { repetition, definition } = node.levels;
    if (repetition === "repeated") return this.#repeated(node);
    if (repetition === "optional" && !this.#isThere(node, definition)) {
      this.#skip(node);
      return null;
    }
    return this.#inner(node);
  }

  /** The values of a node that repeats. */
  #repeated(node: Node): readonly unknown[] {
    const { definition, repeated } = node.levels;
    if (!this.#isThere(node, definition)) {
      this.#skip(node);
      return [];
    }
    const values: unknown[] = [];
    do values.push(this.#inner(node));
    while (this.#goesOn(node, repeated));
    return values;
  }

  #inner(node: Node): unknown {
    if (node.kind === "leaf") return this.#leaf(node);
    const [only] = node.children;
    if (node.kind === "list" && only !== undefined) return this.#list(node, only);
    if (node.kind === "map" && only !== undefined) return this.#map(node, only);
    const entries = node.children.map((child) => [child.name, this.#node(child)] as const);
    return node.kind === "embedded"
      ? this.#file(node, Object.fromEntries(entries))
      : Object.fromEntries(entries);
  }

  #leaf(leaf: Leaf): unknown {
    const value = this.#cursors[leaf.index]?.take() ?? null;
    return value instanceof Unread ? this.#refuse(`column "${leaf.path}" holds ${value.what}`) : value;
  }

  /** The child of a list repeats: it is the element, or holds one child that is. */
  #list(node: Group, child: Node): readonly unknown[] {
    const values = this.#repeated(child) as readonly Readonly<Record<string, unknown>>[];
    if (child.kind === "leaf" || child.children.length !== 1) return values;
    // What old writers named so is a struct of one.
    if (child.name === "array" || child.name === `${node.name}_tuple`) return values;
    const name = child.children[0]?.name ?? "";
    return child.kind === "struct" ? values.map((value) => value[name]) : values;
  }

  #map(node: Group, child: Node): unknown {
    const [key, value] = child.kind === "leaf" ? [] : child.children;
    const pairs = this.#repeated(child) as readonly Readonly<Record<string, unknown>>[];
    const entries = pairs.map((pair) => [String(pair[key?.name ?? ""]), pair[value?.name ?? ""]] as const);
    const names = new Set(entries.map(([name]) => name));
    if (names.size < entries.length) return this.#refuse(`column "${node.path}" names a key twice`);
    return Object.fromEntries(entries);
  }

  /** A file as Hugging Face's `datasets` store it: its bytes, or the path it lies at. */
  #file({ path }: Group, { bytes, path: at }: Readonly<Record<string, unknown>>): unknown {
    if (bytes === null || bytes === undefined) return at ?? null;
    const size = (bytes as { readonly bytes: number }).bytes;
    return this.#refuse(
      `column "${path}" embeds a file of ${size} bytes instead of naming one`,
      "DATA_UNSUPPORTED",
    );
  }

  /** True where a node is there, of which all leaves below have to say the same. */
  #isThere(node: Node, definition: number): boolean {
    return this.#agreed(node, ({ definition: there }) => there >= definition);
  }

  #goesOn(node: Node, repeated: number): boolean {
    return this.#agreed(node, ({ repetition }) => {
      if (repetition > repeated) throw damaged(`column "${node.path}" goes on with a list that is not open`);
      return repetition === repeated;
    });
  }

  #agreed(node: Node, says: (cursor: Cursor) => boolean): boolean {
    const leaves = node.kind === "leaf" ? [node.index] : node.leaves;
    let agreed: boolean | undefined;
    for (const index of leaves) {
      const cursor = this.#cursors[index];
      if (cursor === undefined) continue;
      const one = says(cursor);
      if (agreed !== undefined && one !== agreed)
        throw damaged(`the columns below "${node.path}" do not fit each other`);
      agreed = one;
    }
    return agreed ?? false;
  }

  /** Takes the one entry that says of every leaf below that it is not there. */
  #skip(node: Node): void {
    for (const index of node.kind === "leaf" ? [node.index] : node.leaves) this.#cursors[index]?.take();
  }
}
