import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSkips } from "../../../../../ts/data/sources/skips.ts";
import type { SourceProblem } from "../../../../../ts/data/sources/source.ts";
import { caught } from "../../../../support/caught.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();
let made = 0;

const line = {
  kind: "refused",
  code: "DATA_MANIFEST",
  message: "m",
  hint: "h",
  case: null,
  item: null,
  table: "t.csv",
  row: 2,
  skips: "row",
};

function fileOf(...lines: readonly object[]): string {
  const path = join(root, `p${made++}.jsonl`);
  writeFileSync(path, `${lines.map((one) => JSON.stringify(one)).join("\n")}\n`);
  return path;
}

const problem = (more: Partial<SourceProblem>): SourceProblem => ({
  code: "DATA_MANIFEST",
  message: "another word",
  hint: "h",
  place: { table: "t.csv", row: 2 },
  ...more,
});

describe("a list of what is left out", () => {
  it("leaves out cases whose scan is not read, with the reason", async () => {
    const skips = await readSkips(
      fileOf({ ...line, case: "c1", code: "DATA_NOT_HU", message: "no HU", skips: "case" }),
    );
    expect(skips.ofCase("c1")).toEqual({
      case: "c1",
      item: null,
      table: "t.csv",
      row: 2,
      code: "DATA_NOT_HU",
      message: "no HU",
    });
    expect(skips.ofCase("c2")).toBeUndefined();
  });

  it("leaves out what has a problem that was told, by case and item wherever it stands now", async () => {
    const skips = await readSkips(fileOf({ ...line, case: "c1", item: "q1" }));
    const moved = { table: "t.csv", row: 77 };
    expect(skips.ofProblem(problem({ case: "c1", item: "q1", place: moved }))).toMatchObject({ item: "q1" });
    expect(skips.ofProblem(problem({ case: "c1", item: "q2" }))).toBeUndefined();
    expect(skips.ofProblem(problem({ case: "c1", item: "q1", code: "DATA_LEAK" }))).toBeUndefined();
  });

  it("leaves out a row of neither by its place alone", async () => {
    const skips = await readSkips(fileOf(line));
    expect(skips.ofProblem(problem({}))).toMatchObject({ row: 2 });
    expect(skips.ofProblem(problem({ place: { table: "t.csv", row: 3 } }))).toBeUndefined();
  });

  it("leaves out a missing scan, and nothing of leaks and notes", async () => {
    const skips = await readSkips(
      fileOf(
        { ...line, case: "gone", code: "PATH_NOT_FOUND", skips: "case" },
        { ...line, case: "leaks", code: "DATA_LEAK", kind: "leak", skips: null },
        { ...line, case: "noted", code: "HU_SUSPECT", kind: "note", skips: null },
      ),
    );
    expect(skips.ofProblem(problem({ case: "gone", code: "PATH_NOT_FOUND" }))).toMatchObject({
      case: "gone",
    });
    expect([skips.ofCase("leaks"), skips.ofCase("noted")]).toEqual([undefined, undefined]);
    expect(skips.ofProblem(problem({ case: "leaks", code: "DATA_LEAK" }))).toBeUndefined();
  });

  it("has the digest of its file", async () => {
    const [one, other] = [await readSkips(fileOf(line)), await readSkips(fileOf({ ...line, row: 3 }))];
    expect(one.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(other.digest).not.toBe(one.digest);
  });

  it("may be empty", async () => {
    const path = join(root, "empty.jsonl");
    writeFileSync(path, "");
    expect((await readSkips(path)).ofCase("c")).toBeUndefined();
  });

  it.each([
    ["no JSON", "{"],
    ["a row of another table", '{"case":"c1","image":"a.nii"}'],
    ["a list", "[]"],
    ["a number in place of a case", JSON.stringify({ ...line, case: 3 })],
    ["no word of what it leaves out", JSON.stringify({ ...line, skips: undefined })],
  ])("is refused with %s, naming the line", async (_what, text) => {
    const path = join(root, `bad${made++}.jsonl`);
    writeFileSync(path, `${JSON.stringify(line)}\n${text}\n`);
    const error = await caught(() => readSkips(path));
    expect(error).toMatchObject({ code: "DATA_MANIFEST", message: expect.stringContaining(`${path}:2`) });
  });

  it("is refused where it is not there", async () => {
    const error = await caught(() => readSkips(join(root, "gone.jsonl")));
    expect([error.code, error.exitCode]).toEqual(["PATH_NOT_FOUND", 64]);
    expect(error.hint).toContain("tomoe data verify");
  });
});
