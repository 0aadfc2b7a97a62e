import fc from "fast-check";
import { GroupedRows } from "../../../../../../ts/data/dataset/spool/grouped.ts";
import { Spool } from "../../../../../../ts/data/dataset/spool/spool.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();

describe("rows by group", () => {
  it("come back group by group in the order they came, whatever that was", () => {
    const arrivals = fc.array(fc.record({ group: fc.nat(9), text: fc.string() }), { maxLength: 200 });
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 500 }), (rows, most) => {
        const grouped = new GroupedRows<{ readonly text: string }>(new Spool(most, root));
        for (const { group, text } of rows) grouped.add(group, { text });
        expect(grouped.count).toBe(rows.length);
        for (let group = 0; group < 10; group++)
          expect(grouped.of(group)).toEqual(
            rows.filter((row) => row.group === group).map(({ text }) => ({ text })),
          );
      }),
      { seed: 89, numRuns: 60 },
    );
  });

  it("are none of a group that nobody named", () => {
    const grouped = new GroupedRows<number>();
    expect([grouped.of(0), grouped.of(1_000_000), grouped.count]).toEqual([[], [], 0]);
    grouped.add(5, 1);
    expect([grouped.of(4), grouped.of(5), grouped.of(6)]).toEqual([[], [1], []]);
  });

  it("are made anew each time: what is done to one is not done to the next", () => {
    const grouped = new GroupedRows<{ target: string }>();
    grouped.add(0, { target: "a cyst" });
    for (const row of grouped.of(0)) row.target = "changed";
    expect(grouped.of(0)).toEqual([{ target: "a cyst" }]);
  });

  it("keep what JSON has of them: absent keys, text of every script, lone halves of letters", () => {
    const grouped = new GroupedRows<object>(new Spool(1, root));
    const row = { type: undefined, text: "肺 \ud800 \u2028 \0", list: ["NA", ""], number: 0.1 };
    grouped.add(3, row);
    expect(grouped.of(3)).toEqual([row]);
    expect(Object.keys(grouped.of(3)[0] ?? {})).toEqual(["text", "list", "number"]);
  });
});
