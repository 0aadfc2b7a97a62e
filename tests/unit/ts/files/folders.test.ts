import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { filesBelow, makeFolders, makeNewFolder, namesIn, syncFolder } from "../../../../ts/files/folders.ts";
import { caught } from "../../../support/caught.ts";
import { noPlainRights, plainRights } from "../../../support/plain-rights.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";
import { startChild } from "../track/fixtures.ts";

const root = temporaryFolder();
const cannot = noPlainRights();
if (cannot !== undefined) console.warn(`skipped: ${cannot}`);
const withPlainRights = cannot === undefined ? it : it.skip;
writeFileSync(join(root, "a-file"), "");

describe("making folders", () => {
  it("makes every level with the mode given and leaves what is there as it is", async () => {
    mkdirSync(join(root, "open"), { mode: 0o755 });
    chmodSync(join(root, "open"), 0o755);
    await makeFolders(join(root, "open", "b", "c"), { mode: 0o710 });
    expect(["open", "open/b", "open/b/c"].map((name) => statSync(join(root, name)).mode & 0o777)).toEqual([
      0o755, 0o710, 0o710,
    ]);
    await makeFolders(join(root, "open", "b", "c"));
    await makeFolders(join(root, "private"));
    expect(statSync(join(root, "private")).mode & 0o777).toBe(0o700);
  });

  it("makes the same folder many times at once", async () => {
    const path = join(root, "many", "at", "once");
    await Promise.all(Array.from({ length: 10 }, () => makeFolders(path)));
    expect(statSync(path).isDirectory()).toBe(true);
  });

  it.each([
    ["in the place of a file", "a-file", "EEXIST"],
    ["below a file", "a-file/below", "ENOTDIR"],
    ["with a name too long", "x".repeat(300), "ENAMETOOLONG"],
  ])("is OUTPUT_CREATE %s", async (_, name, errno) => {
    const failure = await caught(() => makeFolders(join(root, name), { setBy: "--runs" }));
    expect([failure.code, failure.exitCode, failure.details]).toEqual([
      "OUTPUT_CREATE",
      73,
      { path: join(root, name), errno },
    ]);
    expect(failure.message).toContain("cannot create the folder at");
    expect(failure.hint).toContain("--runs");
  });

  it("of one that must be new refuses one that is there, and a folder above that is not", async () => {
    await makeNewFolder(join(root, "new"));
    expect((await caught(() => makeNewFolder(join(root, "new")))).details.errno).toBe("EEXIST");
    expect((await caught(() => makeNewFolder(join(root, "gone", "new")))).details.errno).toBe("ENOENT");
    expect(existsSync(join(root, "gone"))).toBe(false);
  });

  withPlainRights(
    "in a folder without write permission is PERMISSION, in one that is a file OUTPUT_CREATE",
    async () => {
      const closed = join(root, "closed");
      mkdirSync(closed, { mode: 0o555 });
      const [denied, inFile] = await Promise.all([
        startChild("create-run.ts", [closed], { under: plainRights }).ended,
        startChild("create-run.ts", [join(root, "a-file", "runs")]).ended,
      ]);
      expect(denied.stdout).toContain("PERMISSION [PERMISSION] cannot create the folder");
      expect(inFile.stdout).toContain("OUTPUT_CREATE [OUTPUT_CREATE] cannot create the folder");
      expect(existsSync(join(closed, "runs"))).toBe(false);
    },
  );
});

describe("looking into folders", () => {
  it("flushes a folder, and says which one is gone", async () => {
    await syncFolder(root);
    const failure = await caught(() => syncFolder(join(root, "never")));
    expect(failure.message).toBe(`[OUTPUT_CREATE] cannot flush the folder at ${join(root, "never")}: ENOENT`);
  });

  it("names what is there; nothing is in a folder that is not", async () => {
    const folder = join(root, "names");
    mkdirSync(join(folder, "b"), { recursive: true });
    writeFileSync(join(folder, "a"), "");
    expect([...(await namesIn(folder))].sort()).toEqual(["a", "b"]);
    expect(await namesIn(join(root, "none"))).toEqual([]);
    const failure = await caught(() => namesIn(join(root, "a-file", "x")));
    expect([failure.code, failure.exitCode]).toEqual(["PATH_NOT_FOUND", 64]);
  });

  it("lists files below a folder in path order, without following links to folders", async () => {
    const folder = join(root, "below");
    mkdirSync(join(folder, "sub"), { recursive: true });
    writeFileSync(join(folder, "b.bin"), "");
    writeFileSync(join(folder, "sub", "a.bin"), "");
    symlinkSync(folder, join(folder, "up"));
    symlinkSync("loop", join(folder, "loop"));
    const found = (await filesBelow(folder)).map(({ path }) => String(path).slice(folder.length + 1));
    expect(found).toEqual(["b.bin", "loop", "sub/a.bin", "up"]);
    expect(readdirSync(folder).sort()).toEqual(["b.bin", "loop", "sub", "up"]);
    const failure = await caught(() => filesBelow(join(root, "none")));
    expect(failure.message).toBe(`[PATH_NOT_FOUND] nothing can be read at ${join(root, "none")} (ENOENT)`);
  });
});
