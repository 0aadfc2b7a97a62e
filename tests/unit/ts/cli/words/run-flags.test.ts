import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { GivenFlag } from "../../../../../ts/cli/words/command.ts";
import { Flags } from "../../../../../ts/cli/words/command.ts";
import { cacheOf, deviceOf, existingRunsDir, runsDirOf } from "../../../../../ts/cli/words/run-flags.ts";
import { failureOf } from "../program.ts";

const scratch = mkdtempSync(join(tmpdir(), "tomoe-run-flags-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const flags = (...given: GivenFlag[]): Flags => new Flags(given);

describe("the folder of the runs", () => {
  it("is ./runs unless --runs says otherwise", () => {
    expect(runsDirOf(flags())).toBe(resolve("runs"));
    expect(runsDirOf(flags({ name: "runs", value: scratch }))).toBe(scratch);
  });

  it("need not be there yet, but one that the user named and a command reads must be a folder", async () => {
    expect(existingRunsDir(flags())).toBe(resolve("runs"));
    expect(existingRunsDir(flags({ name: "runs", value: scratch }))).toBe(scratch);
    const file = join(scratch, "file");
    writeFileSync(file, "");
    for (const value of [join(scratch, "none"), file]) {
      const error = await failureOf(() => existingRunsDir(flags({ name: "runs", value })));
      expect([error.code, error.exitCode, error.details.path]).toEqual(["PATH_NOT_FOUND", 64, value]);
    }
  });
});

it("takes the device that was asked for, or lets the worker choose", () => {
  expect(deviceOf(flags())).toBe("auto");
  for (const value of ["auto", "cpu", "cuda"] as const)
    expect(deviceOf(flags({ name: "device", value }))).toBe(value);
});

it("keeps away from the cache where it is told to, and says nothing of it otherwise", () => {
  expect(cacheOf(flags())).toBeUndefined();
  expect(cacheOf(flags({ name: "no-cache", value: "" }))).toBeNull();
});
