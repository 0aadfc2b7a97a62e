import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scoreDocument } from "../../../../../../ts/cli/commands/score/document.ts";
import { onlyDocument, runProgram } from "../../program.ts";

const scratch = mkdtempSync(join(tmpdir(), "tomoe-score-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("tomoe score", () => {
  it("prints a scorecard for a file of predictions", async () => {
    const path = join(scratch, "predictions.jsonl");
    const choices = ["axial", "coronal", "sagittal", "oblique"];
    writeFileSync(
      path,
      Array.from({ length: 8 }, (_, index) =>
        JSON.stringify({
          id: `q${index}`,
          case: `c${index >> 1}`,
          task: "closed-vqa",
          type: "plane",
          choices,
          target: "axial",
          prediction: index < 6 ? "axial" : "coronal",
        }),
      ).join("\n"),
    );
    const { code, stdout } = await runProgram(["score", path, "--profile", "strict", "--json"]);
    expect(code).toBe(0);
    const { scorecard } = scoreDocument.parse(onlyDocument(stdout));
    expect(scorecard.find(({ metric }) => metric === "accuracy.micro")).toMatchObject({
      value: 0.75,
      n: 8,
      clusters: 4,
      chance: 0.25,
    });
    const text = await runProgram(["score", path, "--profile", "m3d-compat"]);
    // M3D's own scripts want "A." in the prediction, so these rows are all wrong there.
    expect(text.stdout).toMatch(/accuracy\.micro \| 0\.000/);
  });

  it("refuses a file that is not there, and one that is not JSON by its line", async () => {
    const missing = await runProgram(["score", join(scratch, "none.jsonl"), "--profile", "strict", "--json"]);
    expect([missing.code, onlyDocument(missing.stdout).error?.code]).toEqual([64, "PATH_NOT_FOUND"]);
    const path = join(scratch, "broken.jsonl");
    writeFileSync(path, "{}\nnot json\n");
    const broken = await runProgram(["score", path, "--profile", "strict", "--json"]);
    expect(broken.code).toBe(65);
    expect(onlyDocument(broken.stdout).error?.message).toContain("line 2");
    const folder = await runProgram(["score", scratch, "--profile", "strict", "--json"]);
    expect([folder.code, onlyDocument(folder.stdout).error?.code]).toEqual([74, "IO_FAILED"]);
  });
});
