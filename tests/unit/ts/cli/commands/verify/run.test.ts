import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { verifyDocument } from "../../../../../../ts/cli/commands/verify/document.ts";
import { verifySpec } from "../../../../../../ts/cli/commands/verify/spec.ts";
import { call } from "../../../../../support/call.ts";
import { caught } from "../../../../../support/caught.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const folder = temporaryFolder();

describe("tomoe verify", () => {
  it("needs what is to be verified, and may be told where runs lie", () => {
    expect(verifySpec.arguments.map(({ name, isRequired }) => [name, isRequired])).toEqual([
      ["RESULT", true],
    ]);
    expect(verifySpec.flags.map(({ name }) => name)).toEqual(["runs"]);
  });

  it("prints the document of the command line's contract", () => {
    const document = {
      ok: true,
      figures: 2,
      equal: 2,
      inputs: [{ path: "scorecard.json", sha256: "0".repeat(64) }],
      by: { python: "3.12.1", libraries: { numpy: "2.0" } },
      tolerances: { value: 1e-12, interval: 1e-9 },
    };
    expect(verifyDocument.parse(document)).toEqual(document);
    for (const key of Object.keys(document))
      expect(verifyDocument.safeParse({ ...document, [key]: undefined }).success).toBe(false);
  });

  it("refuses a path that does not exist and a run that there is not, each by its name", async () => {
    expect(await caught(() => call("verify", "out/scorecrd.json"))).toMatchObject({
      code: "PATH_NOT_FOUND",
      what: expect.stringContaining("out/scorecrd.json"),
    });
    expect(await caught(() => call("verify", "nope", "--runs", folder))).toMatchObject({
      code: "RUN_NOT_FOUND",
    });
  });

  it("refuses a folder and a file that hold no figures, naming them", async () => {
    expect(await caught(() => call("verify", folder))).toMatchObject({
      code: "RECORD_INVALID",
      exitCode: 65,
    });
    writeFileSync(join(folder, "scorecard.json"), '{"ok": true}');
    mkdirSync(join(folder, "empty"));
    const error = await caught(() => call("verify", join(folder, "scorecard.json")));
    expect(error).toMatchObject({ code: "RECORD_INVALID", details: { differing: [] } });
    expect(error.what).toContain("neither a scorecard nor a comparison");
  });

  it("says that the environment lacks what derives, where the Python named has none of it", async () => {
    writeFileSync(join(folder, "scorecard.json"), '{"scorecard": []}');
    const before = process.env.TOMOE_PYTHON;
    process.env.TOMOE_PYTHON = join(folder, "no-python");
    try {
      expect(await caught(() => call("verify", folder))).toMatchObject({ code: "ENVIRONMENT", exitCode: 78 });
    } finally {
      if (before === undefined) delete process.env.TOMOE_PYTHON;
      else process.env.TOMOE_PYTHON = before;
    }
  });
});
