import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { streamBytes } from "../../../../ts/files/index.ts";
import { caught } from "../../../support/caught.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const folder = temporaryFolder();

async function read(path: string): Promise<readonly Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of streamBytes(path)) pieces.push(piece);
  return pieces;
}

describe("a file read piece by piece", () => {
  it("is the file, in pieces of at most 256 KiB", async () => {
    const bytes = Buffer.alloc(600_000, "0123456789");
    const path = join(folder, "large");
    writeFileSync(path, bytes);
    const pieces = await read(path);
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(2 ** 18);
    expect(pieces.length).toBeGreaterThan(2);
  });

  it("has none where it is empty", async () => {
    writeFileSync(join(folder, "empty"), "");
    expect(await read(join(folder, "empty"))).toEqual([]);
  });

  it.each([
    ["nothing is there", "absent", "PATH_NOT_FOUND"],
    ["a folder is there", ".", "IO_FAILED"],
  ])("is refused where %s", async (_what, name, code) => {
    expect(await caught(() => read(join(folder, name)))).toMatchObject({ code });
  });
});
