import fc from "fast-check";
import { NamedRows } from "../../../../../../ts/data/dataset/spool/named.ts";
import { Spool } from "../../../../../../ts/data/dataset/spool/spool.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

interface Row {
  readonly id: string;
  readonly text: string;
  readonly calibration?: { readonly affine: readonly number[] } | undefined;
}

const root = temporaryFolder();
const rowOf = (number: number): Row => ({
  id: `row ${number}`,
  text: `Größe ${number} 肺 `.repeat(number % 9),
});

describe("rows with ids", () => {
  it.each([16, 500, 1 << 20])(
    "come back in the order of their ids where %d bytes of them stay in memory",
    (most) => {
      const rows = new NamedRows<Row>(new Spool(most, root));
      const all = Array.from({ length: 300 }, (_, number) => rowOf(number));
      expect(all.map((row) => rows.set(row))).toEqual(all.map((_, number) => number));
      expect([...rows]).toEqual(all);
      expect(rows.count).toBe(300);
      expect([...all.keys()].toReversed().map((number) => rows.at(number))).toEqual(all.toReversed());
      expect([rows.numberOf("row 7"), rows.numberOf("row 300")]).toEqual([7, undefined]);
    },
  );

  it("take the place of the one before under their id, as a map's do", () => {
    const ids = fc.constantFrom("a", "b", "c", "d", "e");
    fc.assert(
      fc.property(fc.array(fc.tuple(ids, fc.string())), (pairs) => {
        const rows = new NamedRows<Row>();
        const map = new Map<string, Row>();
        for (const [id, text] of pairs) {
          rows.set({ id, text });
          map.set(id, { id, text });
          // Read between two writes, what was read before is not what is told.
          expect(rows.at(rows.numberOf(id) ?? -1)).toEqual({ id, text });
        }
        expect([...rows]).toEqual([...map.values()]);
      }),
      { seed: 20261130 },
    );
  });

  it("keep the numbers of a calibration to the last bit", () => {
    const rows = new NamedRows<Row>();
    const calibration = { affine: [-0, 0, 1 / 3, 5e-324, Number.MAX_VALUE] };
    rows.set({ id: "a", text: "", calibration });
    rows.set({ id: "b", text: "", calibration: undefined });
    expect(rows.at(0).calibration).toEqual(calibration);
    expect(rows.at(1)).toEqual({ id: "b", text: "" });
  });

  it("are walked by several at once", () => {
    const rows = new NamedRows<Row>();
    for (let number = 0; number < 20; number++) rows.set(rowOf(number));
    const [first, second] = [rows[Symbol.iterator](), rows[Symbol.iterator]()];
    for (let number = 0; number < 20; number++)
      expect([first.next().value, second.next().value]).toEqual([rowOf(number), rowOf(number)]);
    expect(first.next().done).toBe(true);
  });
});
