import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipEntries } from "../../../../../ts/files/zip/read.ts";
import { writeZip, type ZipContent, zipEnd } from "../../../../../ts/files/zip/write.ts";
import { caught } from "../../../../support/caught.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const contents: readonly ZipContent[] = [
  { name: "samples/ü/肝.json", content: '{"a":"肝臓"}' },
  { name: "empty", content: "" },
  { name: "bytes", content: new Uint8Array([0, 255, 10, 13]) },
  { name: "long", content: "the liver ".repeat(20_000) },
];

async function read(path: string): Promise<readonly (readonly [string, Buffer])[]> {
  const found: (readonly [string, Buffer])[] = [];
  for await (const entry of zipEntries(path, 1 << 20))
    found.push([entry.name, Buffer.from(await entry.read())]);
  return found;
}

describe("an archive that is written", () => {
  it("holds every entry as it was given, and is the same bytes again", async () => {
    await writeZip(at("a.zip"), contents);
    await writeZip(at("b.zip"), contents);
    expect(await read(at("a.zip"))).toEqual(
      contents.map(({ name, content }) => [name, Buffer.from(content as string)]),
    );
    expect(readFileSync(at("a.zip")).equals(readFileSync(at("b.zip")))).toBe(true);
    expect(readFileSync(at("a.zip")).length).toBeLessThan(2_000);
  });

  it("may hold nothing", async () => {
    await writeZip(at("none.zip"), []);
    expect(await read(at("none.zip"))).toEqual([]);
  });

  it("is not there where its making fails or is stopped, and what was there stays", async () => {
    writeFileSync(at("old.zip"), "old");
    const stop = new AbortController();
    function* stopped(): Generator<ZipContent> {
      yield { name: "a", content: "a" };
      stop.abort(new Error("stopped"));
      yield { name: "b", content: "b" };
    }
    await expect(writeZip(at("old.zip"), stopped(), { signal: stop.signal })).rejects.toThrow("stopped");
    expect(readFileSync(at("old.zip"), "utf8")).toBe("old");
    expect(readdirSync(folder).filter((name) => name.includes("old"))).toEqual(["old.zip"]);
    expect(await caught(() => writeZip(join(folder, "no", "a.zip"), contents))).toMatchObject({
      code: "OUTPUT_CREATE",
    });
  });

  it.each([
    ["more entries than 16 bits count", 70_000, 5, 7],
    ["a directory behind 4 GiB", 3, 2 ** 32 + 5, 7],
    ["a directory of more than 4 GiB", 3, 5, 2 ** 33],
  ])("ends with a 64-bit directory for %s", (_what, count, offset, length) => {
    const end = zipEnd(count, offset, length);
    expect(end.length).toBe(56 + 20 + 22);
    expect(end.readUInt32LE(0)).toBe(0x06064b50);
    expect([24, 32, 40, 48].map((place) => Number(end.readBigUInt64LE(place)))).toEqual([
      count,
      count,
      length,
      offset,
    ]);
    expect(Number(end.readBigUInt64LE(56 + 8))).toBe(offset + length);
    expect(end.readUInt16LE(76 + 10)).toBe(Math.min(count, 0xffff));
    expect(end.readUInt32LE(76 + 16)).toBe(Math.min(offset, 0xffffffff));
  });

  it("ends plainly where 32 bits are enough", () => {
    expect(zipEnd(2, 100, 90).length).toBe(22);
  });
});
