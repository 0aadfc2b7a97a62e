import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { examine } from "../../../../../../ts/cli/commands/doctor/examine.ts";
import { repoRoot } from "../../program.ts";

const scratch = mkdtempSync(join(tmpdir(), "tomoe-examine-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const signal = new AbortController().signal;

describe("all checks of the doctor", () => {
  it("stop at npm packages that are missing, since the rest needs them to be looked at", async () => {
    writeFileSync(
      join(scratch, "package.json"),
      JSON.stringify({ version: "0.1.0", dependencies: { zod: "0.0.1" } }),
    );
    const checks = await examine({
      packageRoot: scratch,
      runsDir: scratch,
      isQuick: true,
      signal,
    });
    expect(checks.map(({ name }) => name)).toEqual(["node", "npm packages"]);
    expect(checks[1]).toMatchObject({
      verdict: "failed",
      found: "zod missing (pinned 0.0.1)",
    });
  });

  it("go on to Python and the machine in the order in which they are best fixed", async () => {
    const checks = await examine({
      packageRoot: repoRoot,
      runsDir: scratch,
      isQuick: true,
      signal,
    });
    const names = checks.map(({ name }) => name);
    expect(names.slice(0, 3)).toEqual(["node", "npm packages", "python"]);
    expect(names.slice(-4)).toEqual(["disk", "shared memory", "memory", "sockets"]);
  });

  it("compare the memory with what an experiment needs", async () => {
    const wanted = { bytes: 2 ** 60, name: "huge.ts" };
    const checks = await examine({
      packageRoot: repoRoot,
      runsDir: scratch,
      isQuick: true,
      signal,
      wanted,
    });
    expect(checks.find(({ name }) => name === "memory")).toMatchObject({
      verdict: "warning",
      expected: expect.stringContaining("for huge.ts"),
    });
  });
});
