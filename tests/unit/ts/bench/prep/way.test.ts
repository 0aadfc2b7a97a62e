import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { prepare } from "../../../../../ts/bench/prep/way.ts";
import { bodyVoxels } from "../../../../support/body-voxels.ts";
import { caught } from "../../../../support/caught.ts";
import { niftiFile } from "../../../../support/nifti-file.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const folder = temporaryFolder();
const path = join(folder, "scan.nii.gz");
writeFileSync(path, gzipSync(niftiFile({ dims: [32, 28, 20], values: bodyVoxels(32, 28, 20) })));
const request = { path, sizeDHW: [4, 8, 6], spacingMmDHW: [4, 4, 4] } as const;

describe("a way of prep.volume", () => {
  it.each([
    ["m3d-compat", "(4, 8, 6)"],
    ["ct-hu", "(4, 8, 6)"],
    ["spacing", "(4, 8, 6)"],
  ] as const)("prepares the scan as the command does: %s", async (way, shape) => {
    expect(await prepare({ ...request, way }, folder)).toBeGreaterThan(0);
    expect(readFileSync(join(folder, "out.npy")).toString("latin1", 0, 128)).toContain(`'shape': ${shape}`);
  });

  it("decompresses the file and nothing else for the floor", async () => {
    expect(await prepare({ ...request, way: "inflate" }, folder)).toBeGreaterThan(0);
    const cut = join(folder, "cut.nii.gz");
    writeFileSync(cut, readFileSync(path).subarray(0, 2000));
    await expect(prepare({ ...request, path: cut, way: "inflate" }, folder)).rejects.toThrow(
      "unexpected end of file",
    );
  });

  it("passes on why a scan is refused", async () => {
    const refused = await caught(() =>
      prepare({ ...request, path: join(folder, "none.nii"), way: "ct-hu" }, folder),
    );
    expect(refused.code).toBe("PATH_NOT_FOUND");
  });
});

describe("the peak of memory", () => {
  it("is what this program held at most, and not what the one that started it did", () => {
    const child = `import { peakKiB } from ${JSON.stringify(new URL("../../../../../ts/bench/prep/way.ts", import.meta.url))};
      const before = peakKiB();
      const held = Buffer.alloc(96 * 2 ** 20, 1);
      console.log(JSON.stringify([before, peakKiB(), held.length > 0 ? process.memoryUsage.rss() / 1024 : 0]));`;
    // What starts it holds more than it ever does.
    const parent = Buffer.alloc(400 * 2 ** 20, 1);
    const words = ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", child];
    const [before, peak, held] = JSON.parse(execFileSync(process.execPath, words, { encoding: "utf8" })) as [
      number,
      number,
      number,
    ];
    expect(before).toBeGreaterThan(10_000);
    expect(peak - before).toBeGreaterThan(90 * 1024);
    expect(peak).toBeGreaterThanOrEqual(held);
    expect(peak).toBeLessThan(parent.length / 1024);
  });
});
