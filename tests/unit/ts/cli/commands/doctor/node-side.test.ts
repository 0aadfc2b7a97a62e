import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkNode } from "../../../../../../ts/cli/commands/doctor/node-side.ts";
import { repoRoot } from "../../program.ts";

const scratch = mkdtempSync(join(tmpdir(), "tomoe-doctor-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("the doctor's verdict on npm packages", () => {
  it("is well here, where they are installed from the lockfile", () => {
    expect(checkNode(repoRoot).map(({ verdict }) => verdict)).toEqual(["ok", "ok"]);
  });

  it("names a package that is missing and one of another version, also hoisted into a folder above", () => {
    const inner = join(scratch, "node_modules", "tomoe");
    for (const [path, version] of [
      ["node_modules/tomoe", "0.1.0"],
      ["node_modules/execa", "10.2.1"],
      ["node_modules/zod", "3.0.0"],
    ] as const) {
      mkdirSync(join(scratch, path), { recursive: true });
      writeFileSync(
        join(scratch, path, "package.json"),
        JSON.stringify({
          version,
          dependencies: { execa: "10.2.1", zod: "4.6.7", zeromq: "6.8.0" },
        }),
      );
    }
    expect(checkNode(inner)[1]).toMatchObject({
      verdict: "failed",
      found: "zod 3.0.0 (pinned 4.6.7), zeromq missing (pinned 6.8.0)",
      fix: "npm install",
    });
  });
});
