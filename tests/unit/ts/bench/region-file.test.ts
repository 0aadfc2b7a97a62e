import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { Region } from "../../../../ts/bench/region-file.ts";
import { fill, reserve } from "../../../../ts/bench/region-file.ts";
import { crc32 } from "../../../../ts/tensor/index.ts";
import { caught } from "../../../support/caught.ts";

let folder: string;
let region: Region;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tomoe-region-file-"));
  const path = join(folder, "region-0");
  region = { name: "region-0", path, descriptor: openSync(path, "wx+"), generation: 0 };
});
afterEach(() => {
  closeSync(region.descriptor);
  rmSync(folder, { recursive: true, force: true });
});

describe("a region", () => {
  it.each([0, 1, 4 * 2 ** 20, 4 * 2 ** 20 + 1])("is reserved whole: %p bytes, all zero", async (bytes) => {
    await reserve(region.descriptor, bytes);
    expect(statSync(region.path).size).toBe(bytes);
    expect(readFileSync(region.path).every((byte) => byte === 0)).toBe(true);
  });

  it("holds the pieces in order, however they are cut, and gives their checksum", async () => {
    await reserve(region.descriptor, 4096);
    const cuts = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 60 });
    let writes = 0;
    await fc.assert(
      fc.asyncProperty(cuts, async (pieces) => {
        const whole = Buffer.concat(pieces);
        expect(await fill(region, pieces)).toBe(crc32([whole]));
        expect(readFileSync(region.path).subarray(0, whole.length).equals(whole)).toBe(true);
        writes += 1;
        expect(region.generation).toBe(writes);
        expect(statSync(region.path).size).toBe(4096);
      }),
      { numRuns: 40, seed: 20261128 },
    );
  });

  it("takes more pieces than the system takes at once", async () => {
    const pieces = Array.from({ length: 2500 }, (_, index) => new Uint8Array([index % 256, index >> 8]));
    await fill(region, pieces);
    expect(readFileSync(region.path).equals(Buffer.concat(pieces))).toBe(true);
  });

  it("that cannot be written is told with its path and how far it came", async () => {
    const readOnly = { ...region, descriptor: openSync(region.path, "r") };
    const error = await caught(() => fill(readOnly, [new Uint8Array(8)]));
    closeSync(readOnly.descriptor);
    expect({ code: error.code, message: error.message, errno: error.details.errno }).toEqual({
      code: "IO_FAILED",
      message: `[IO_FAILED] cannot write from byte 0 on at ${region.path}: EBADF`,
      errno: "EBADF",
    });
  });

  it("on a full device is a full disk", async () => {
    if (process.platform !== "linux") return;
    const full = { ...region, descriptor: openSync("/dev/full", "w") };
    expect((await caught(() => fill(full, [new Uint8Array(8)]))).code).toBe("DISK_FULL");
    closeSync(full.descriptor);
  });
});
