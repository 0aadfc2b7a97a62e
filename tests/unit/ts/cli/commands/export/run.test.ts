import { exportDocument } from "../../../../../../ts/cli/commands/export/document.ts";
import { exportSpec } from "../../../../../../ts/cli/commands/export/spec.ts";

describe("tomoe export", () => {
  it("needs a run and a folder, and may be told a checkpoint and to merge", () => {
    expect(exportSpec.arguments.map(({ name, isRequired }) => [name, isRequired])).toEqual([["RUN", true]]);
    const flags = Object.fromEntries(exportSpec.flags.map((flag) => [flag.name, flag]));
    expect(flags.out).toMatchObject({ kind: "text", isRequired: true });
    expect(flags.checkpoint?.isRequired).toBeUndefined();
    expect(flags.merge).toMatchObject({ kind: "switch" });
  });

  it("prints the document of the command line's contract", () => {
    const file = { path: "base/config.json", bytes: 3, sha256: "0".repeat(64) };
    const reload = { library: "peft", version: "0.21.2", maxAbsDifference: 0, parts: ["language"] };
    const document = { ok: true, out: "out", files: [file], reload };
    expect(exportDocument.parse(document)).toEqual(document);
    for (const key of Object.keys(document))
      expect(exportDocument.safeParse({ ...document, [key]: undefined }).success).toBe(false);
    expect(exportDocument.safeParse({ ...document, reload: { ...reload, library: "torch" } }).success).toBe(
      false,
    );
  });
});
