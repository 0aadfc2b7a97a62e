import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSplitTable, splitDigest } from "../../../../../ts/data/sources/split-table.ts";
import { caught } from "../../../../support/caught.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();
let made = 0;

function tableOf(text: string): string {
  const path = join(root, `t${made++}.csv`);
  writeFileSync(path, text);
  return path;
}

describe("a table of splits", () => {
  it("says where each case goes, with words for splits as everywhere", async () => {
    const { splitOf } = await readSplitTable(
      tableOf('case,split,why\r\n"a, b",train,x\r\nc,valid,y\r\nd,Testing,z\r\n'),
    );
    expect([...splitOf]).toEqual([
      ["a, b", "train"],
      ["c", "validation"],
      ["d", "test"],
    ]);
  });

  it("has one digest in whatever order its rows are", async () => {
    const [one, other, third] = await Promise.all(
      [
        "case,split\na,train\nb,test\n",
        "split,case\ntest,b\ntraining,a\n",
        "case,split\na,test\nb,test\n",
      ].map(async (text) => await readSplitTable(tableOf(text))),
    );
    expect(other?.digest).toBe(one?.digest);
    expect(third?.digest).not.toBe(one?.digest);
    expect(one?.digest).toBe(
      splitDigest(
        new Map([
          ["b", "test"],
          ["a", "train"],
        ]),
      ),
    );
  });

  it.each([
    ["case,split\na,trian\n", 'row 2: the split is "trian", did you mean "train"?'],
    ["case,split\na,train\na,test\n", 'row 3: case "a" stands twice'],
    ["case,fold\na,train\n", 'no column "split"'],
    ["", "the table is empty"],
  ])("%j is refused", async (text, message) => {
    const error = await caught(() => readSplitTable(tableOf(text)));
    expect([error.code, error.exitCode]).toEqual(["DATA_MANIFEST", 65]);
    expect(error.message).toContain(message);
  });

  it("is refused where it is not there", async () => {
    expect(await caught(() => readSplitTable(join(root, "gone.csv")))).toMatchObject({
      code: "PATH_NOT_FOUND",
    });
  });
});
