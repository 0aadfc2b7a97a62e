import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { m3dPath, m3dRoot, m3dVolume } from "../../../../../../../ts/data/sources/layouts/m3d/folder.ts";
import { caught } from "../../../../../../support/caught.ts";
import { temporaryFolder } from "../../../../../../support/temporary-folder.ts";

const root = temporaryFolder();

describe("the folder of M3D", () => {
  it("is the one that holds the volumes, whichever of its parts is named", async () => {
    mkdirSync(join(root, "data", "M3D_Cap_npy"), { recursive: true });
    mkdirSync(join(root, "data", "M3D-VQA"));
    mkdirSync(join(root, "else"));
    const data = join(root, "data");
    expect(await m3dRoot(data, "m3d-cap")).toBe(data);
    expect(await m3dRoot(join(data, "M3D-VQA"), "m3d-vqa")).toBe(data);
    expect(await m3dRoot(join(data, "M3D_Cap_npy"), "m3d-cap")).toBe(data);
    expect(await m3dRoot(join(root, "else"), "m3d-vqa", { scans: data })).toBe(data);
    const error = await caught(() => m3dRoot(join(root, "else"), "m3d-vqa"));
    expect(error.message).toContain("lacks M3D_Cap_npy of the layout m3d-vqa");
  });

  it.each([
    ["ct_case/000001/Axial_x.npy", "ct_case/000001/Axial_x", "ct_case/000001"],
    ["M3D_Cap_npy/ct_case/000001/Axial_x.npy", "ct_case/000001/Axial_x", "ct_case/000001"],
    ["./M3D_Cap_npy/ct_quizze/7/B.npy", "ct_quizze/7/B", "ct_quizze/7"],
  ])("has %s as %s of %s", (path, id, patient) => {
    expect(m3dVolume("/data", path)).toEqual({ id, patient, path: `/data/M3D_Cap_npy/${id}.npy` });
  });

  it("is not left by a path", () => {
    expect(m3dVolume("/data", "M3D_Cap_npy/../../x.npy")).toBeUndefined();
    expect(m3dPath("/data", "../text.txt")).toBeUndefined();
    expect(m3dPath("/data", "M3D_Cap_npy/a/text.txt")).toBe("/data/M3D_Cap_npy/a/text.txt");
  });
});
