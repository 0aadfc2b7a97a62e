import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeError, writeWhole } from "../../../../ts/files/patient-write.ts";
import { caught } from "../../../support/caught.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const root = temporaryFolder();

describe("writeWhole", () => {
  it("writes all chunks under the mode given and replaces what was there", async () => {
    const path = join(root, "a");
    writeFileSync(path, "old and longer");
    await writeWhole(path, [Buffer.from("ne"), new Uint8Array(0), Buffer.from("w")], 0o600);
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(root)).toEqual(["a"]);
  });

  it("leaves the old file and nothing else when it fails", async () => {
    const path = join(root, "a", "b");
    expect((await caught(() => writeWhole(path, [Buffer.from("x")], 0o600))).code).toBe("OUTPUT_CREATE");
    expect(readdirSync(root)).toEqual(["a"]);
  });

  it.each([
    ["ENOSPC", "DISK_FULL", 74],
    ["EDQUOT", "DISK_FULL", 74],
    ["EROFS", "OUTPUT_CREATE", 73],
    ["EACCES", "OUTPUT_CREATE", 73],
    ["EIO", "IO_FAILED", 74],
  ])("maps %s to %s, exit %d", (system, code, exit) => {
    const error = writeError(Object.assign(new Error("x"), { code: system }), "out.npy");
    expect([error.code, error.exitCode, error.details.system]).toEqual([code, exit, system]);
    expect(error.message).toContain("out.npy could not be written");
  });
});
