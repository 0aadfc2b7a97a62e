import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { SpaceWaiter } from "../../../../ts/files/space.ts";
import { syncFile, writeNew, writeWhole } from "../../../../ts/files/whole.ts";
import { caught } from "../../../support/caught.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const root = temporaryFolder();
let folder: string;
let count = 0;
beforeEach(() => {
  folder = join(root, String(count++));
  mkdirSync(folder);
});

describe("a file written whole or not at all", () => {
  it("holds all pieces under the mode given, and replaces what was there", async () => {
    const path = join(folder, "a");
    writeFileSync(path, "old and longer");
    await writeWhole(path, [Buffer.from("ne"), new Uint8Array(0), Buffer.from("w")], { mode: 0o640 });
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(["a"]);
  });

  it("is its owner's alone when no mode is given", async () => {
    await writeWhole(join(folder, "a"), "text \u00e9");
    expect(statSync(join(folder, "a")).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("text \u00e9");
  });

  it("holds any bytes, however they are cut into pieces", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }), async (pieces) => {
        const path = join(folder, "pieces");
        await writeWhole(path, pieces);
        expect(readFileSync(path).equals(Buffer.concat(pieces))).toBe(true);
      }),
      { numRuns: 20, seed: 20261128 },
    );
    await writeWhole(join(folder, "one"), new Uint8Array([1, 2]));
    expect([...readFileSync(join(folder, "one"))]).toEqual([1, 2]);
  });

  it("leaves the old file and nothing else when the new one cannot be written", async () => {
    await writeWhole(join(folder, "a"), "old");
    const below = await caught(() => writeWhole(join(folder, "a", "b"), "new"));
    expect([below.code, below.exitCode]).toEqual(["OUTPUT_CREATE", 73]);
    expect(below.message).toBe(
      `[OUTPUT_CREATE] cannot write b of 3 bytes at ${join(folder, "a", "b")}: ENOTDIR`,
    );
    mkdirSync(join(folder, "taken", "full"), { recursive: true });
    const onto = await caught(() => writeWhole(join(folder, "taken"), "new", { setBy: "--out" }));
    expect([onto.code, onto.details.errno]).toEqual(["OUTPUT_CREATE", "EISDIR"]);
    expect(onto.hint).toContain("--out");
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("old");
    expect(readdirSync(folder).sort()).toEqual(["a", "taken"]);
  });

  it("is never seen half written by a reader that looks all the time", async () => {
    const path = join(folder, "state.json");
    const [first, second] = ["a".repeat(300_000), "b".repeat(200_000)];
    await writeWhole(path, first);
    let writing = true;
    const done = (async () => {
      for (let time = 0; time < 10; time += 1) await writeWhole(path, time % 2 === 0 ? second : first);
      writing = false;
    })();
    const seen = new Set<string>();
    while (writing) {
      seen.add(readFileSync(path, "utf8"));
      await new Promise(setImmediate);
    }
    await done;
    expect([...seen].every((text) => text === first || text === second)).toBe(true);
    expect(seen.size).toBeGreaterThan(0);
  });

  it("waits for a full disk, and each try begins anew", async () => {
    const lines: string[] = [];
    const space = new SpaceWaiter({ timeoutMs: 1000, pollMs: 1 }, (line) => lines.push(line));
    await writeWhole(join(folder, "a"), "text", { space });
    expect([readFileSync(join(folder, "a"), "utf8"), lines]).toEqual(["text", []]);
    const refused = await caught(() => writeWhole(join(folder, "none", "a"), "text", { space }));
    // Only a full disk is waited for.
    expect([refused.code, lines]).toEqual(["OUTPUT_CREATE", []]);
  });
});

describe("a new file", () => {
  it("never replaces what is there, and leaves it alone when it is refused", async () => {
    const path = join(folder, "a");
    await writeNew(path, "mine", { mode: 0o644 });
    const refused = await caught(() => writeNew(path, "yours"));
    expect([refused.code, refused.exitCode, refused.details.errno]).toEqual(["OUTPUT_CREATE", 73, "EEXIST"]);
    expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual(["mine", 0o644]);
  });

  it("cannot be made in a folder that is not there", async () => {
    const path = join(folder, "none", "a");
    const refused = await caught(() => writeNew(path, "x"));
    expect([refused.code, refused.details.errno, existsSync(path)]).toEqual([
      "OUTPUT_CREATE",
      "ENOENT",
      false,
    ]);
  });
});

describe("a file of somebody else's", () => {
  it("is flushed without being changed", async () => {
    const path = join(folder, "a");
    writeFileSync(path, "theirs");
    chmodSync(path, 0o400);
    await syncFile(path);
    expect(readFileSync(path, "utf8")).toBe("theirs");
  });

  it("that is gone cannot be flushed", async () => {
    const refused = await caught(() => syncFile(join(folder, "gone")));
    expect(refused.message).toBe(`[OUTPUT_CREATE] cannot flush the file at ${join(folder, "gone")}: ENOENT`);
  });
});
