import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IndexWriter } from "../../../../../../ts/data/dataset/indexed/write.ts";
import { caught } from "../../../../../support/caught.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";
import { about, casesOf, facts, opened, written } from "./examples.ts";

const root = temporaryFolder();

describe("an index that is written", () => {
  it("holds what it was given, for its owner alone", async () => {
    const path = await written(root, casesOf(7));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { head } = opened(path);
    expect(head).toMatchObject({
      ...facts,
      format: "tomoe.rows/1",
      code: "version",
      opened: "found",
      cases: 7,
    });
    expect(opened(path).looks()).toEqual(about.looks);
  });

  it("says the same at a second writing, in other bytes", async () => {
    const [first, second] = [await written(root, casesOf(40), "a"), await written(root, casesOf(40), "b")];
    expect(opened(second).head).toEqual(opened(first).head);
    expect(opened(second).items(39)).toEqual(opened(first).items(39));
    expect(readFileSync(second)).toHaveLength(readFileSync(first).length);
    expect(readFileSync(second).equals(readFileSync(first))).toBe(false);
  });

  it("shows no id, path or text to who reads its bytes", async () => {
    const bytes = readFileSync(await written(root, casesOf(9, "canary"), "veiled.rows"));
    const bare = bytes.toString("latin1");
    for (const told of [
      "canary",
      "Is it",
      "Report",
      "nii.gz",
      "scans",
      "closed-vqa",
      "fingerprint",
      "/data",
      "{",
    ])
      expect([told, told === "{" ? bare.includes('{"') : bare.includes(told)]).toEqual([told, false]);
  });

  it("is there whole or not at all: until it is committed the one before stands", async () => {
    const path = join(root, "kept.rows");
    writeFileSync(path, "before");
    const writer = await IndexWriter.begin(path, 3);
    for (const one of casesOf(3)) await writer.add(one);
    expect(readFileSync(path, "utf8")).toBe("before");
    await writer.abandon();
    expect(readFileSync(path, "utf8")).toBe("before");
    expect(readdirSync(root).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("keeps rows of more than one piece where their columns say", async () => {
    const cases = casesOf(6000, "x".repeat(400));
    const index = opened(await written(root, cases, "pieces.rows"));
    for (const at of [0, 1, 2999, 5998, 5999]) {
      expect(index.row(at)).toEqual(cases[at]?.row);
      expect(index.items(at)).toEqual(cases[at]?.items);
    }
  });

  it("is written by two at once as one of them, whole", async () => {
    const path = join(root, "both.rows");
    const writers = [await IndexWriter.begin(path, 9), await IndexWriter.begin(path, 9)];
    for (const one of casesOf(9)) for (const writer of writers) await writer.add(one);
    for (const writer of writers) {
      await writer.commit(facts, about);
      expect(await opened(path).isWhole()).toBe(true);
    }
  });

  it("says what the disk says where it cannot be begun", async () => {
    const missing = await caught(() => IndexWriter.begin(join(root, "none", "x.rows"), 1));
    expect([missing.code, missing.exitCode]).toEqual(["OUTPUT_CREATE", 73]);
    mkdirSync(join(root, "folder.rows"));
    const writer = await IndexWriter.begin(join(root, "folder.rows"), 0);
    const taken = await caught(() => writer.commit(facts, about));
    expect(taken.code).toBe("OUTPUT_CREATE");
    expect(existsSync(join(root, "folder.rows"))).toBe(true);
    expect(readdirSync(root).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});
