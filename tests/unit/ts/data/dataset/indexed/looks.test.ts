import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { firstChange, Looks } from "../../../../../../ts/data/dataset/indexed/looks.ts";
import { caught } from "../../../../../support/caught.ts";
import { age } from "../../../../../support/indexed.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
let made = 0;

/** A file of some while ago. */
function file(content = "abc"): string {
  const folder = join(root, `f${made++}`);
  mkdirSync(folder);
  const path = join(folder, "t.csv");
  writeFileSync(path, content);
  age(folder);
  return path;
}

function looked(look: (looks: Looks) => void) {
  const looks = new Looks();
  look(looks);
  return looks;
}

describe("what a walk looked at", () => {
  it("is seen again where nothing changed", async () => {
    const path = file();
    const looks = looked((one) => {
      one.content(path);
      one.there(path, true);
      one.there(`${path}.none`, false);
      one.told(root, ["a", "b"]);
    });
    expect(looks.all().map(([kind, of]) => [kind, of])).toEqual([
      ["content", path],
      ["there", path],
      ["there", `${path}.none`],
      ["told", root],
    ]);
    expect(await firstChange(looks.all())).toBeUndefined();
  });

  it("is other once a file is written, touched, replaced by one that looks like it, or gone", async () => {
    const changes: readonly ((path: string) => void)[] = [
      (path) => writeFileSync(path, "abcd"),
      (path) => writeFileSync(path, "abd"),
      (path) => utimesSync(path, 1e9, 1e9),
      (path) => {
        writeFileSync(`${path}.new`, "abc");
        utimesSync(`${path}.new`, 2e9, 2e9);
        utimesSync(path, 2e9, 2e9);
        renameSync(`${path}.new`, path);
      },
      (path) => rmSync(path),
    ];
    for (const change of changes) {
      const path = file();
      const looks = looked((one) => one.content(path)).all();
      expect(await firstChange(looks)).toBeUndefined();
      change(path);
      expect(await firstChange(looks)).toBe(path);
    }
  });

  it("is other once bytes were written in place and the time of that was put back", async () => {
    const path = file();
    utimesSync(path, 1e9, 1e9);
    const looks = looked((one) => one.content(path)).all();
    await new Promise((turn) => setTimeout(turn, 20));
    writeFileSync(path, "xyz");
    utimesSync(path, 1e9, 1e9);
    expect(await firstChange(looks)).toBe(path);
  });

  it("is other once something lies where nothing did, or nothing where something did", async () => {
    const path = file();
    const there = looked((one) => one.there(path, true)).all();
    const none = looked((one) => one.there(`${path}.more`, false)).all();
    rmSync(path);
    writeFileSync(`${path}.more`, "");
    expect([await firstChange(there), await firstChange(none)]).toEqual([path, `${path}.more`]);
  });

  it("follows links, as who reads the file does", async () => {
    const [path, other] = [file(), file()];
    const link = join(root, "link.csv");
    symlinkSync(path, link);
    const looks = looked((one) => one.content(link)).all();
    expect(await firstChange(looks)).toBeUndefined();
    rmSync(link);
    symlinkSync(other, link);
    expect(await firstChange(looks)).toBe(link);
  });

  it("keeps the first look at a path alone: what is written later is another file", async () => {
    const path = file();
    const looks = looked((one) => one.content(path));
    writeFileSync(path, "longer");
    looks.content(path);
    expect(looks.all()).toHaveLength(1);
    expect(await firstChange(looks.all())).toBe(path);
  });

  it("knows a file whose time is too near to say anything", () => {
    const path = file();
    expect(looked((one) => one.content(path)).isFresh).toBe(false);
    utimesSync(path, new Date(), new Date());
    expect(looked((one) => one.content(path)).isFresh).toBe(true);
    // What is not there has no time.
    expect(looked((one) => one.content(`${path}.none`)).isFresh).toBe(false);
  });

  it("does not look again at names, which who opens a data set lists anew", async () => {
    const [first, second] = [looked((one) => one.told(root, ["a"])), looked((one) => one.told(root, ["b"]))];
    expect(first.all()).not.toEqual(second.all());
    expect(await firstChange(first.all())).toBeUndefined();
  });

  it("stops when it is told to, of many files", async () => {
    const path = file();
    const many = Array.from({ length: 5000 }, (_, at) => ["there", `${path}${at}`, ""] as const);
    expect(await firstChange(many)).toBeUndefined();
    const stopped = await caught(() => firstChange(many, AbortSignal.abort()));
    expect(stopped.code).toBe("CANCELLED");
  });

  it("says what the disk says of a path that cannot be looked at", async () => {
    const error = await caught(async () => {
      looked((one) => one.content(`${root}/\0`));
    });
    expect([error.code, error.exitCode]).toEqual(["PATH_NOT_FOUND", 64]);
  });
});
