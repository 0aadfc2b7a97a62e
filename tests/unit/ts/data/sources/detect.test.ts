import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { detectSource } from "../../../../../ts/data/sources/detect.ts";
import { layoutNames } from "../../../../../ts/schema/tables/layouts.ts";
import { caught } from "../../../../support/caught.ts";
import { ctRateExample, ctRateV1Example } from "../../../../support/layouts/ct-rate.ts";
import { m3dVqaExample } from "../../../../support/layouts/m3d.ts";
import { amosMmExample, messagesExample } from "../../../../support/layouts/others.ts";
import { phantomExample, tableExample } from "../../../../support/layouts/own.ts";
import { writeRows } from "../../../../support/own-folder.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();

describe("a data set whose layout nobody names", () => {
  it.each([
    ["ct-rate", ctRateExample],
    ["ct-rate-v1", ctRateV1Example],
    ["m3d-vqa", m3dVqaExample],
    ["amos-mm", amosMmExample],
    ["messages", messagesExample],
    ["phantom", phantomExample],
    ["table", tableExample],
  ])("is found out to be of the layout %s", async (layout, write) => {
    const { path, options } = await write(join(root, layout));
    expect((await detectSource(path, options)).layout).toBe(layout);
  });

  it("is refused where no layout fits, with what each lacks", async () => {
    const folder = join(root, "none");
    mkdirSync(folder);
    const error = await caught(() => detectSource(folder));
    expect(error.code).toBe("DATA_MANIFEST");
    const layouts = error.details.layouts as Readonly<Record<string, string>>;
    expect(Object.keys(layouts)).toEqual(layoutNames);
    expect(layouts["amos-mm"]).toContain("lacks dataset.json");
    writeRows(folder, "rows.csv", ["a,b", "1,2"]);
    const again = await caught(() => detectSource(folder));
    expect(again.details.layouts).toMatchObject({ table: "it finds no scans in the first rows" });
  });

  it("is refused where it is not there", async () => {
    expect(await caught(() => detectSource(join(root, "gone")))).toMatchObject({ code: "PATH_NOT_FOUND" });
  });

  it("is refused where two layouts fit, naming them", async () => {
    const { path } = await m3dVqaExample(join(root, "two"));
    const list = {
      train: [{ image: "ct_case/000001/Axial_C__portal_venous_phase.npy", text: "ct_case/000001/text.txt" }],
    };
    writeRows(join(path, "M3D_Cap_npy"), "M3D_Cap.json", [
      JSON.stringify({ ...list, validation: [], test: [] }),
    ]);
    const error = await caught(() => detectSource(path));
    expect(error).toMatchObject({ code: "USAGE_INVALID", details: { layouts: ["m3d-cap", "m3d-vqa"] } });
    expect(error.hint).toContain("--layout");
  });
});
