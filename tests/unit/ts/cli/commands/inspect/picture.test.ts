import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  checkPictureName,
  type PictureFacts,
  pictureOf,
  writePicture,
} from "../../../../../../ts/cli/commands/inspect/picture.ts";
import { lookAt } from "../../../../../../ts/data/index.ts";
import { bodyVoxels } from "../../../../../support/body-voxels.ts";
import { caught } from "../../../../../support/caught.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const [shapeDHW, spacingMmDHW] = [[6, 12, 16] as const, [5, 2, 2] as const];
const look = lookAt({ voxels: bodyVoxels(16, 12, 6), shapeDHW, spacingMmDHW });
const turned = 12 * (Math.PI / 180);
const facts: PictureFacts = {
  format: "nifti",
  sourceOrientation: "LPS",
  shapeDHW,
  spacingMmDHW,
  affineRas: [
    [2, 0, 0, 0],
    [0, 2 * Math.cos(turned), -5 * Math.sin(turned), 0],
    [0, 2 * Math.sin(turned), 5 * Math.cos(turned), 0],
    [0, 0, 0, 1],
  ],
  hu: { verdict: "ok", reasons: ["air peaks at -1000 HU"] },
  receipt: { steps: [{ step: "orient", from: "LPS", to: "RAS" }] },
  warnings: [{ code: "SINGLE_SLICE_SPACING", message: "taken" }],
};

describe("the name of a picture", () => {
  it("ends in .svg or .png, or is a wrong use", async () => {
    const error = await caught(() => checkPictureName(join(root, "a.jpg")));
    expect([error.code, error.exitCode]).toEqual(["USAGE_INVALID", 64]);
    expect(error.message).toContain("ends in .svg or .png");
    await expect(checkPictureName(join(root, "A.SVG"))).resolves.toBeUndefined();
  });

  it("must be free, and its folder there", async () => {
    writeFileSync(join(root, "taken.png"), "mine");
    mkdirSync(join(root, "folder.svg"));
    const codes = await Promise.all(
      ["taken.png", "folder.svg", "nowhere/a.svg", "taken.png/a.svg"].map(
        async (name) => (await caught(() => checkPictureName(join(root, name)))).exitCode,
      ),
    );
    expect(codes).toEqual([73, 73, 73, 73]);
    expect(readFileSync(join(root, "taken.png"), "utf8")).toBe("mine");
  });
});

describe("the picture of a look", () => {
  it("shows HU on one scale of grey for every scan", () => {
    const { planes, greys, verdict } = pictureOf(look, facts);
    expect([greys, verdict]).toEqual(["black -1000 HU and below, white 600 HU and above", "ok"]);
    const [axial] = look.planes;
    const at = axial?.values.findIndex((value) => value > 0 && value < 100) ?? -1;
    const value = axial?.values[at] ?? 0;
    expect(planes[0]?.grey.pixels[at]).toBe(Math.round((255 * (value + 1000)) / 1600));
  });

  it("says how far its planes are off the patient's, in degrees", () => {
    expect(pictureOf(look, facts).facts[1]).toContain("planes up to 12.0 degrees off the patient's");
    const straight = {
      ...facts,
      affineRas: [
        [2, 0, 0, 0],
        [0, 2, 0, 0],
        [0, 0, 5, 0],
        [0, 0, 0, 1],
      ],
    };
    expect(pictureOf(look, straight).facts[1]).toContain("the planes are the patient's own");
  });

  it("of refused values shows them on their own scale, over all they span", () => {
    const grey = lookAt({
      voxels: Float32Array.from(bodyVoxels(16, 12, 6), (hu) => hu + 30_000),
      shapeDHW,
      spacingMmDHW,
    });
    const { greys, histogram } = pictureOf(grey, { ...facts, hu: { verdict: "refused", reasons: [] } });
    expect(greys).toMatch(/^black 2\d{4} and below, white 3\d{4} and above$/);
    expect([histogram.low, histogram.above]).toEqual([-1200, 0]);
  });

  it("is written for its owner alone, as SVG or as PNG by its name, and replaces nothing", async () => {
    const [svg, png] = [join(root, "b.svg"), join(root, "b.PNG")];
    await writePicture(svg, look, facts);
    await writePicture(png, look, facts);
    expect([statSync(svg).mode & 0o777, statSync(png).mode & 0o777]).toEqual([0o600, 0o600]);
    expect(readFileSync(svg, "utf8")).toContain("SINGLE_SLICE_SPACING: taken");
    // A PNG tells its width at byte 16.
    expect(readFileSync(png).readUInt32BE(16)).toBe(1920);
    expect((await caught(() => writePicture(svg, look, facts))).exitCode).toBe(73);
  });
});
