import { cpSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeBelow, codeWith, readingCode } from "../../../../../../ts/data/dataset/indexed/code.ts";
import { caught } from "../../../../../support/caught.ts";
import { repoRoot } from "../../../../../support/source-tree.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();

describe("the code that reads rows", () => {
  it("is that of data sets, their layouts and their schemas", () => {
    const parts = ["data/dataset", "data/sources", "schema"];
    const code = codeBelow(join(repoRoot, "ts"), parts);
    expect(readingCode()).toBe(codeWith(code, process.versions.v8));
    expect(codeWith(code, "13.6.233.17")).not.toBe(codeWith(code, "13.6.233.18"));
    expect(readingCode()).toMatch(/^[0-9a-f]{64}$/);
  });

  it("is another once a line, a name or a file is", async () => {
    cpSync(join(repoRoot, "ts/data/sources/rows"), join(root, "rows"), { recursive: true });
    const codes = [codeBelow(root, ["rows"])];
    writeFileSync(join(root, "rows", "csv.ts"), "// another", { flag: "a" });
    codes.push(codeBelow(root, ["rows"]));
    renameSync(join(root, "rows", "csv.ts"), join(root, "rows", "tsv.ts"));
    codes.push(codeBelow(root, ["rows"]));
    writeFileSync(join(root, "rows", "more.ts"), "");
    codes.push(codeBelow(root, ["rows"]));
    writeFileSync(join(root, "rows", "built.js"), "");
    codes.push(codeBelow(root, ["rows"]));
    expect(new Set(codes).size).toBe(5);
  });

  it("does not count what is no code, and where it lies", () => {
    mkdirSync(join(root, "one", "part"), { recursive: true });
    writeFileSync(join(root, "one", "part", "a.ts"), "a");
    cpSync(join(root, "one"), join(root, "two"), { recursive: true });
    writeFileSync(join(root, "two", "part", "README.md"), "b");
    expect(codeBelow(join(root, "two"), ["part"])).toBe(codeBelow(join(root, "one"), ["part"]));
  });

  it("is not to be had of a folder that is not there", async () => {
    const error = await caught(async () => codeBelow(root, ["none"]));
    expect([error.code, error.exitCode]).toEqual(["PATH_NOT_FOUND", 64]);
    expect(error.message).toContain(join(root, "none"));
  });
});
