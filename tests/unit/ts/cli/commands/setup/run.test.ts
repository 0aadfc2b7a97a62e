import { setupDocument } from "../../../../../../ts/cli/commands/setup/document.ts";
import { onlyDocument, runProgram } from "../../program.ts";

describe("tomoe setup", () => {
  it("finds everything there in a clone that was set up, and says which Python and Node it is", async () => {
    const { code, stdout } = await runProgram(["setup", "--json"]);
    expect(code).toBe(0);
    const document = setupDocument.parse(onlyDocument(stdout));
    expect(document.installed).toEqual([]);
    expect(document.python).toMatch(/python/);
    expect(document.node).toMatch(/node/);
  });

  it("says of the sampler alone where its Python is, or why it cannot be made", async () => {
    const { code, stdout } = await runProgram(["setup", "--sampler", "--json"]);
    const document = onlyDocument(stdout);
    if (code === 0) expect(setupDocument.parse(document).python).toMatch(/sampler\/bin\/python$/);
    else expect(document.error?.code).toBe("ENVIRONMENT");
  });

  it("refuses words that it does not take", async () => {
    const { code, stdout } = await runProgram(["setup", "now", "--json"]);
    expect(code).toBe(64);
    expect(onlyDocument(stdout).error?.message).toContain('"now" is one argument too many');
  });
});
