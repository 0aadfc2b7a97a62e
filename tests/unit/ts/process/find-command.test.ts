import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findCommand } from "../../../../ts/process/find-command.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const root = temporaryFolder();

describe("a command", () => {
  it("is searched for in the folders in order, and is an executable file", () => {
    expect(findCommand("sh", "/nowhere::/bin")).toBe("/bin/sh");
    expect(findCommand("/etc/passwd", "/bin")).toBeUndefined();
    expect(findCommand("/bin", "/")).toBeUndefined();
    expect(findCommand("bin", "/")).toBeUndefined();
    expect(findCommand("/bin/sh", "")).toBe("/bin/sh");
  });

  it("is the first of its name, and one that may not be executed is passed over", () => {
    const [first, second] = [join(root, "first"), join(root, "second")].map((folder) => `${folder}-tool`);
    writeFileSync(first ?? "", "#!/bin/sh\n");
    writeFileSync(second ?? "", "#!/bin/sh\n");
    chmodSync(second ?? "", 0o700);
    chmodSync(first ?? "", 0o600);
    expect(findCommand(first ?? "", "")).toBeUndefined();
    expect(findCommand("second-tool", `/nowhere:${root}`)).toBe(second);
    expect(findCommand("third-tool", root)).toBeUndefined();
  });
});
