import { chmodSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Spool } from "../../../../../../ts/data/dataset/spool/spool.ts";
import { caught } from "../../../../../support/caught.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();

/** Texts of many lengths and scripts. */
const texts = Array.from({ length: 400 }, (_, at) => `${at} Größe 肺 `.repeat((at * 7) % 40));

describe("texts one behind the other", () => {
  it.each([1, 100, 5000, 1 << 20])("are found again where %d bytes of them stay in memory", (most) => {
    const spool = new Spool(most, root);
    const places = texts.map((text) => spool.add(text));
    expect(places.map((place) => spool.text(place))).toEqual(texts);
    expect([...places].reverse().map((place) => spool.text(place))).toEqual([...texts].reverse());
    expect(spool.sizeBytes).toBe(texts.reduce((sum, text) => sum + 4 + Buffer.byteLength(text), 0));
  });

  it("are found while others are added", () => {
    const spool = new Spool(300, root);
    const places: number[] = [];
    for (const text of texts) {
      places.push(spool.add(text));
      const any = (places.length * 13) % places.length;
      expect(spool.text(places[any] ?? 0)).toBe(texts[any]);
    }
  });

  it("may be empty, and longer than what stays in memory or is read at once", () => {
    const spool = new Spool(64, root);
    const long = "x".repeat(100_000);
    const places = ["", long, "", "a", long].map((text) => spool.add(text));
    expect(places.map((place) => spool.text(place).length)).toEqual([0, 100_000, 0, 1, 100_000]);
  });

  it("leave no file that anybody sees", () => {
    const spool = new Spool(10, root);
    for (const text of texts) spool.add(text);
    expect(readdirSync(root)).toEqual([]);
    expect(spool.text(0)).toBe(texts[0]);
  });

  it("need no folder while they are few", () => {
    const spool = new Spool(1000, join(root, "none"));
    expect(spool.text(spool.add("few"))).toBe("few");
  });

  it("are refused with a typed error where they cannot be kept", async () => {
    const gone = new Spool(10, join(root, "none"));
    gone.add("first text");
    const error = await caught(() => gone.add("second text"));
    expect(error.code).toMatch(/^(?:OUTPUT_CREATE|PATH_NOT_FOUND|IO_FAILED)$/);
    expect(error.message).toContain("keep the rows of a data set");
    const closed = join(root, "closed");
    mkdirSync(closed);
    chmodSync(closed, 0o500);
    if (process.getuid?.() === 0) return;
    const denied = new Spool(10, closed);
    denied.add("first text");
    expect((await caught(() => denied.add("second text"))).code).toBe("PERMISSION");
  });
});
