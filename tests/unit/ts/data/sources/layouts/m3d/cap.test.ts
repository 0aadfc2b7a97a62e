import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { m3dCapSource } from "../../../../../../../ts/data/sources/layouts/m3d/cap.ts";
import { caught } from "../../../../../../support/caught.ts";
import { m3dCapExample } from "../../../../../../support/layouts/m3d.ts";
import { told, walked } from "../../../../../../support/source-rows.ts";
import { temporaryFolder } from "../../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
let made = 0;

/** A folder of M3D-Cap with this list, and a report in each of these case folders. */
function folderOf(list: unknown, reports: Readonly<Record<string, string | Buffer>>): string {
  const folder = join(root, `f${made++}`);
  mkdirSync(join(folder, "M3D_Cap_npy"), { recursive: true });
  writeFileSync(join(folder, "M3D_Cap_npy", "M3D_Cap.json"), JSON.stringify(list));
  for (const [name, text] of Object.entries(reports)) {
    mkdirSync(join(folder, "M3D_Cap_npy", name), { recursive: true });
    writeFileSync(join(folder, "M3D_Cap_npy", name, "text.txt"), text);
  }
  return folder;
}

const entry = (stack: string) => ({
  image: `${stack}.npy`,
  text: `${stack.replace(/\/[^/]*$/, "")}/text.txt`,
});

describe("M3D-Cap", () => {
  it("has a case a stack, a patient a case folder, and the report of the folder for each", async () => {
    const { path } = await m3dCapExample(join(root, "example"));
    const { cases, items } = await walked(await m3dCapSource.open(path));
    expect(cases.slice(0, 2).map(({ id, patient, split }) => [id, patient, split])).toEqual([
      ["ct_case/000001/Axial_C__portal_venous_phase", "ct_case/000001", "train"],
      ["ct_case/000001/Coronal_non_contrast", "ct_case/000001", "train"],
    ]);
    expect(cases.map(({ split }) => split)).toEqual(["train", "train", "train", "validation", "test"]);
    expect(items[0]).toMatchObject({
      task: "report",
      question: null,
      target: "The 1 liver is normal. Größe unauffällig.",
    });
  });

  it("may be named by its own folder, and paths may begin with it", async () => {
    const list = {
      train: [{ image: "M3D_Cap_npy/ct_case/1/A.npy", text: "M3D_Cap_npy/ct_case/1/text.txt" }],
      validation: [],
      test: [],
    };
    const folder = folderOf(list, { "ct_case/1": "Normal." });
    const { cases, items, problems } = await walked(await m3dCapSource.open(join(folder, "M3D_Cap_npy")));
    expect(problems).toEqual([]);
    expect(cases.map(({ id, paths }) => [id, ...paths])).toEqual([
      ["ct_case/1/A", join(folder, "M3D_Cap_npy", "ct_case/1/A.npy")],
    ]);
    expect(items.map(({ target }) => target)).toEqual(["Normal."]);
  });

  it("tells every stack of a case whose stacks lie in train and in test, as the official split has them", async () => {
    const list = {
      train: [entry("ct_case/1/A"), entry("ct_case/2/A")],
      validation: [],
      test: [entry("ct_case/1/B")],
    };
    const folder = folderOf(list, { "ct_case/1": "x", "ct_case/2": "y" });
    const { problems, cases } = await walked(await m3dCapSource.open(folder));
    expect(problems.map(({ code }) => code)).toEqual(["DATA_LEAK"]);
    expect(told(problems)).toEqual([
      'M3D_Cap_npy/M3D_Cap.json#test:1 patient "ct_case/1" is in train and with case "ct_case/1/B" in test',
    ]);
    expect(cases).toHaveLength(2);
    const anew = await walked(await m3dCapSource.open(folder), { ignoresSplits: true });
    expect([anew.problems, anew.cases.length]).toEqual([[], 3]);
  });

  it("tells all that is wrong with its entries", async () => {
    const list = {
      train: [
        { text: "ct_case/1/text.txt" },
        { image: "../out.npy", text: "x" },
        entry("ct_case/3/A"),
        { image: "ct_case/4/A.npy" },
        entry("ct_case/5/A"),
        entry("ct_case/6/A"),
        entry("ct_case/6/A"),
      ],
      validation: [],
      test: [],
    };
    const reports = { "ct_case/5": Buffer.from([0xff, 0xfe]), "ct_case/6": " \n" };
    const { problems } = await walked(await m3dCapSource.open(folderOf(list, reports)));
    const table = "M3D_Cap_npy/M3D_Cap.json#train";
    expect(told(problems)).toEqual([
      `${table}:1 the entry has no "image"`,
      `${table}:2 "../out.npy" leaves the folder of volumes`,
      `${table}:7 case "ct_case/6/A" stands twice`,
      `${table}:3 the report "ct_case/3/text.txt" is not there`,
      `${table}:4 the report is not named`,
      `${table}:5 the report is not UTF-8`,
      `${table}:6 the target of item "ct_case/6/A/report" is empty`,
      `${table}:7 the target of item "ct_case/6/A/report" is empty`,
    ]);
    expect(problems.every(({ hint }) => /^[A-Z].*\.$/.test(hint))).toBe(true);
  });

  it("is refused without its list", async () => {
    mkdirSync(join(root, "bare", "M3D_Cap_npy"), { recursive: true });
    const error = await caught(() => m3dCapSource.open(join(root, "bare")));
    expect([error.code, error.exitCode]).toEqual(["DATA_MANIFEST", 65]);
    expect(error.details.missing).toEqual(["M3D_Cap_npy/M3D_Cap.json"]);
  });
});
