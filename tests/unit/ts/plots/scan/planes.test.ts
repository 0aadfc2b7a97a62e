import { drawPlanes, type ScanPlane } from "../../../../../ts/plots/scan/planes.ts";
import { textsOf } from "../well-formed.ts";

const plane = (name: string, widthMm: number, heightMm: number): ScanPlane => ({
  name,
  grey: { pixels: new Uint8Array(12), width: 4, height: 3 },
  widthMm,
  heightMm,
  place: "slice 7 of 12",
  marks: { left: "R", right: "L", top: "A", bottom: "P" },
  cut: { x: 0.25, y: 0.5 },
});
const numberOf = (svg: string, name: string): readonly number[] =>
  [...svg.matchAll(new RegExp(`<image[^>]* ${name}="([\\d.]+)"`, "g"))].map(([, value]) => Number(value));

describe("the planes of a scan", () => {
  const drawn = drawPlanes([plane("axial", 400, 200), plane("coronal", 400, 60)], 24, 100).join("");

  it("have one scale of mm, so that their shapes are true however wide a voxel is", () => {
    const [widths, heights] = [numberOf(drawn, "width"), numberOf(drawn, "height")];
    expect(widths).toEqual([280, 280]);
    expect(heights).toEqual([140, 42]);
  });

  it("name the direction at each edge, the plane and the slice", () => {
    expect(textsOf(drawn)).toEqual([
      ...["axial", "slice 7 of 12", "R", "L", "A", "P", "100 mm"],
      ...["coronal", "slice 7 of 12", "R", "L", "A", "P"],
    ]);
  });

  it("have a bar as long as it says", () => {
    const [, length] = /x1="0" x2="([\d.]+)"[^>]*class="axis"/.exec(drawn) ?? [];
    expect(Number(length)).toBe((100 * 280) / 400);
  });

  it("show where the other planes cut", () => {
    const [, at] = /<line x1="([\d.]+)"[^>]*class="cut"/.exec(drawn) ?? [];
    expect(Number(at)).toBe(0.25 * 280);
  });

  it("stay to be seen where they are one slice thick", () => {
    expect(numberOf(drawPlanes([plane("coronal", 400, 0.5)], 0, 0).join(""), "height")).toEqual([2]);
  });
});
