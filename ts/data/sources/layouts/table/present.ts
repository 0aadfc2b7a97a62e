import { nearest } from "../../../../schema/nearest.ts";
import { takeColumns } from "../../own/columns.ts";
import { rowProblem } from "../../rows/records.ts";
import type { TableRow } from "../../rows/table-row.ts";
import type { Place, SourceProblem } from "../../source.ts";
import type { ColumnNames } from "./columns.ts";

/** Columns that a message lists of one table. */
const listed = 12;

/**
 * Looks whether any table has the column that names scans. Where none has, that is one problem of the data set and none
 * of its rows: what rows say until such a column is met is held, and told once there is one.
 */
export class PresentColumns {
  readonly #columns: ColumnNames;
  /** Columns of each table, in the order they are met, with where the table begins. */
  readonly #tables = new Map<string, { readonly names: Set<string>; readonly place: Place }>();
  #held: SourceProblem[] = [];
  #namesScans = false;

  constructor(columns: ColumnNames) {
    this.#columns = columns;
  }

  /** Takes note of a row's columns; true while no row had one that names scans. */
  look({ place, values }: TableRow): boolean {
    if (this.#namesScans) return false;
    const known = this.#tables.get(place.table) ?? { names: new Set<string>(), place };
    this.#tables.set(place.table, known);
    for (const name of Object.keys(values)) known.names.add(name);
    this.#namesScans = known.names.has(this.#columns.image);
    return !this.#namesScans;
  }

  /** Keeps a problem back until it is known whether it is one of its row. */
  hold(problem: SourceProblem): void {
    this.#held.push(problem);
  }

  /** Problems that were kept back, once they are known to be those of rows. */
  released(): readonly SourceProblem[] {
    if (!this.#namesScans || this.#held.length === 0) return [];
    const held = this.#held;
    this.#held = [];
    return held;
  }

  /** The one problem of tables of which none names a scan; undefined where one does, and where there is no row. */
  problem(): SourceProblem | undefined {
    const [first] = this.#tables.values();
    if (this.#namesScans || first === undefined) return undefined;
    const { image } = this.#columns;
    const all = [...this.#tables].map(([table, { names }]) => `${table} has ${inWords([...names])}`);
    const meant = [...this.#tables.values()]
      .map(({ names }) => takeColumns([...names]).taken.get("image") ?? nearest(image, [...names]))
      .find((name) => name !== undefined);
    const guess = meant === undefined ? "" : `, did you mean "${meant}"?`;
    return rowProblem(
      first.place,
      `no table has the column "${image}" that names the scans: ${all.join("; ")}${guess}`,
      `Say which column does: --columns image=${meant ?? "COLUMN"}, or columns: { image: "${meant ?? "COLUMN"}" } in the recipe.`,
    );
  }
}

function inWords(names: readonly string[]): string {
  const more = names.length - listed;
  return `${names.slice(0, listed).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
