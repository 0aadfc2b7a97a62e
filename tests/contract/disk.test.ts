// One errno has one code in both languages, whoever reads or writes. The hints are each side's own.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { getSystemErrorMap } from "node:util";
import { codeOfErrno } from "../../ts/files/codes.ts";
import { repoRoot } from "../support/source-tree.ts";

const python = join(repoRoot, ".venv/bin/python");
const maybe = existsSync(python) ? it : it.skip;
if (!existsSync(python)) console.error("skipped: the tables of errno are not compared, there is no .venv");

const dump = `
import errno, json
from tomoe_worker.machine.disk import code_of_errno
print(json.dumps({name: [code_of_errno(number, "read"), code_of_errno(number, "write")]
                  for number, name in errno.errorcode.items()}))
`;

describe("the code of an errno", () => {
  maybe("is the same in both languages, for reading and for writing", () => {
    const child = spawnSync(python, ["-c", dump], {
      encoding: "utf8",
      env: { ...process.env, PYTHONPATH: join(repoRoot, "py-runtime") },
    });
    expect(child.stderr).toBe("");
    const theirs = JSON.parse(child.stdout) as Record<string, [string, string]>;
    const ofNode = [...getSystemErrorMap().values()].map(([name]) => name).filter((name) => name in theirs);
    expect(ofNode.length).toBeGreaterThan(60);
    const names = [...new Set([...Object.keys(theirs), ...ofNode])];
    const ours = Object.fromEntries(
      names.map((name) => [name, [codeOfErrno(name, "read"), codeOfErrno(name, "write")]]),
    );
    expect(ours).toEqual(theirs);
    expect(ours.EROFS).toEqual(["PERMISSION", "PERMISSION"]);
  });
});
