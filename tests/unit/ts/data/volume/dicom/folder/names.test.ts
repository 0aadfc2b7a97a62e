import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileWhere, withShowCommand } from "../../../../../../../ts/data/volume/dicom/folder/names.ts";
import { isTomoeError, TomoeError } from "../../../../../../../ts/errors.ts";
import { filesBelow } from "../../../../../../../ts/files/index.ts";
import { writeFolder } from "../../../../../../support/ct-series.ts";
import { temporaryFolder } from "../../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const failure = (code: TomoeError["code"], details: TomoeError["details"]): TomoeError =>
  new TomoeError(code, "cannot read at /x/CANARY", { hint: "Fetch it.", details });

describe("withShowCommand", () => {
  const told = async (folder: string): Promise<string> => {
    const error = await withShowCommand(
      new TomoeError("DATA_GEOMETRY", `${fileWhere(6, 12, folder)}: no place`, { hint: "Export it again." }),
      folder,
    );
    if (!isTomoeError(error)) throw new Error("no typed error");
    return error.hint;
  };

  it("adds the command that lists files in the same order", async () => {
    expect(await told("/data/ct")).toBe(
      "Export it again. `find /data/ct \\( -type f -o -type l \\) | LC_ALL=C sort | sed -n 6p` shows the file's name.",
    );
    expect(await told("/it's a scan")).toContain(`find '/it'\\''s a scan' `);
    expect(await told("-x")).toContain("find ./-x ");
  });

  it("sorts by zero bytes where a name holds a line feed", async () => {
    const folder = writeFolder(join(root, "lines"), [["a\nb", Buffer.alloc(1)]]);
    expect(await told(folder)).toContain("-print0 | LC_ALL=C sort -z | sed -zn 6p`");
  });

  it("shows every file that is named, four at most, and looks into a folder that is a link", async () => {
    const folder = writeFolder(join(root, "scan"), [["a", Buffer.alloc(1)]]);
    symlinkSync(folder, join(root, "link"));
    const named = [9, 3, 3, 12, 5, 7].map((number) => fileWhere(number, 12, folder)).join(" and ");
    const error = await withShowCommand(
      new TomoeError("DATA_GEOMETRY", named, { hint: "H." }),
      join(root, "link"),
    );
    if (!isTomoeError(error)) throw new Error("no typed error");
    expect(error.hint).toMatch(
      /^H\. `find \S+\/link\/ .* \| sed -n '3p;5p;7p;9p'` shows the files' names\.$/,
    );
  });

  it("shows with its command the very file that was meant, whatever the names are", async () => {
    const names = ["b", "a/z", "a.dcm", "A", "a b", "ä", "a-1", "a/b/c", "10", "9", "a'"];
    const folder = join(root, "order of names");
    for (const name of names) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), name);
    }
    symlinkSync(join(folder, "b"), join(folder, "link"));
    const files = await filesBelow(folder);
    for (const [index, { path }] of files.entries()) {
      const where = fileWhere(index + 1, files.length, folder);
      const error = await withShowCommand(new TomoeError("DATA_GEOMETRY", where, { hint: "" }), folder);
      const command = /`(.*)`/.exec(isTomoeError(error) ? error.hint : "")?.[1] ?? "";
      expect(execFileSync("sh", ["-c", command], { encoding: "utf8" }).trim()).toBe(String(path));
    }
  });

  it("leaves an error that names no file by number", async () => {
    const error = failure("DATA_SERIES_GAP", {});
    expect(await withShowCommand(error, "/x")).toBe(error);
  });
});
