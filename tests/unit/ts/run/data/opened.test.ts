import { join } from "node:path";
import { openNamed } from "../../../../../ts/run/data/opened.ts";
import { caught } from "../../../../support/caught.ts";
import { threeDRadExample } from "../../../../support/layouts/on-ct-rate.ts";
import { cleanFolder } from "../../../../support/own-folder.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();

describe("a data set that a command opens", () => {
  it("is of the layout that is named, or of the one that fits", async () => {
    const folder = await cleanFolder(join(root, "own"));
    expect((await openNamed(folder, "table", {})).layout).toBe("table");
    expect((await openNamed(folder, undefined, {})).layout).toBe("table");
    const { path, options } = await threeDRadExample(join(root, "rad"));
    expect((await openNamed(path, undefined, options ?? {})).layout).toBe("3d-rad");
  });

  it("is refused as the layout that is named, not taken for another one", async () => {
    const folder = await cleanFolder(join(root, "named"));
    const error = await caught(() => openNamed(folder, "ct-rate", {}));
    expect([error.code, error.exitCode]).toEqual(["DATA_MANIFEST", 65]);
    expect(error.message).toContain("of the layout ct-rate");
  });

  it("has columns under other names where they are said", async () => {
    const folder = await cleanFolder(join(root, "columns"));
    const error = await caught(() => openNamed(folder, "table", { columns: { cas: "case" } }));
    expect(error).toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining('did you mean "case"?'),
    });
  });
});
