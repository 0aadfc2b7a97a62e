import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { requireNewFolder } from "../../../../../ts/run/export/new-folder.ts";
import { caught } from "../../../../support/caught.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const scratch = temporaryFolder();
const newFolder = (): string => mkdtempSync(join(scratch, "x-"));

describe("a folder that is to be made", () => {
  it("may be missing, or there and empty", async () => {
    const folder = newFolder();
    await requireNewFolder(folder);
    await requireNewFolder(join(folder, "new"));
  });

  it("is OUTPUT_EXISTS, naming what lies in it, when it is not empty", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "kept.txt"), "");
    const error = await caught(() => requireNewFolder(folder));
    expect([error.code, error.exitCode]).toEqual(["OUTPUT_EXISTS", 73]);
    expect(error.what).toBe(`${folder} is not empty: there is kept.txt`);
    expect(error.details).toEqual({ path: folder });
  });

  it("is OUTPUT_EXISTS when a file or a link has its name", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "file"), "");
    mkdirSync(join(folder, "empty"));
    symlinkSync(join(folder, "empty"), join(folder, "link"));
    for (const name of ["file", "link"]) {
      const error = await caught(() => requireNewFolder(join(folder, name)));
      expect([error.code, error.what]).toEqual([
        "OUTPUT_EXISTS",
        `${join(folder, name)} is there and is no folder`,
      ]);
    }
  });

  it("is OUTPUT_CREATE when the folder above is missing or a file", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "file"), "");
    for (const above of ["missing", "file"]) {
      const error = await caught(() => requireNewFolder(join(folder, above, "out")));
      expect([error.code, error.exitCode]).toEqual(["OUTPUT_CREATE", 73]);
      expect(error.details).toEqual({ path: join(folder, above) });
    }
  });
});
