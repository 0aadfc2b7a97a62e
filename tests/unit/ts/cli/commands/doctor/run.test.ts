import { doctorDocument } from "../../../../../../ts/cli/commands/doctor/document.ts";
import { failureDocument } from "../../../../../../ts/cli/words/document-parts.ts";
import { onlyDocument, runProgram } from "../../program.ts";

describe("tomoe doctor", () => {
  it("looks at everything quickly without importing torch", async () => {
    const { code, stdout, stderr } = await runProgram(["doctor", "--quick", "--json"]);
    const document = onlyDocument(stdout);
    // Of a machine that lacks something the same document tells it; both are right answers of the doctor.
    if (code !== 0) expect(failureDocument.parse(document).error.code).toBe("ENVIRONMENT");
    const checks =
      code === 0
        ? doctorDocument.parse(document).checks
        : (document.error?.details.checks as readonly { name: string }[]);
    expect(checks.map(({ name }) => name)).toEqual(expect.arrayContaining(["node", "npm packages"]));
    expect([0, 78]).toContain(code);
    if (code === 0) expect(stderr).toBe("");
  });

  it.each([
    ["is no program", { TOMOE_PYTHON: "/nowhere/python" }, /TOMOE_PYTHON is \/nowhere\/python/],
    [
      "is another program",
      { TOMOE_PYTHON: "/bin/echo" },
      /\/bin\/echo: it answered the probe with ".*; is it a Python\?/,
    ],
    ["prints nonsense and fails", { TOMOE_PYTHON: process.execPath }, /the probe ended with exit code/],
  ])("ends with exit code 78 and the command that fixes it when Python %s", async (_title, env, found) => {
    const { code, stdout, stderr } = await runProgram(["doctor", "--quick", "--json"], { env });
    expect(code).toBe(78);
    const { error } = failureDocument.parse(onlyDocument(stdout));
    expect(error.code).toBe("ENVIRONMENT");
    expect(error.message).toMatch(found);
    expect(error.hint).toMatch(/^To fix the first of them, run ".*setup"\.$/);
    expect(stderr).toContain("FAILED");
  });
});
