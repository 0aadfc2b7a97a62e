import { createRequire } from "node:module";
import { load, rasterise } from "../../../../../../ts/cli/commands/inspect/raster.ts";
import { caught } from "../../../../../support/caught.ts";
import { decodePng } from "../../../../../support/png.ts";

const svg = (body: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20" viewBox="0 0 40 20"><rect width="40" height="20" fill="#fff"/>${body}</svg>`;

describe("an SVG as PNG", () => {
  it("has twice its pixels, and the colours of its shapes", async () => {
    const png = decodePng(await rasterise(svg('<rect x="10" y="5" width="10" height="5" fill="#c02040"/>')));
    expect([png.width, png.height, png.channels]).toEqual([80, 40, 4]);
    const pixel = (x: number, y: number): readonly number[] => [
      ...png.pixels.subarray(4 * (y * 80 + x), 4 * (y * 80 + x) + 4),
    ];
    expect([pixel(30, 15), pixel(2, 2)]).toEqual([
      [0xc0, 0x20, 0x40, 255],
      [255, 255, 255, 255],
    ]);
  });

  it("has letters on any machine, since the font comes along", async () => {
    const dark = async (text: string): Promise<number> =>
      decodePng(
        await rasterise(svg(`<text x="2" y="16" style="font-family:system-ui,sans-serif">${text}</text>`)),
      ).pixels.filter((value, at) => at % 4 === 0 && value < 128).length;
    expect(await dark("RL")).toBeGreaterThan(100);
    expect(await dark("")).toBe(0);
  });

  it("is refused with what to do where the packages are not installed", async () => {
    const error = await caught(() => load(createRequire("/nowhere/").resolve));
    expect([error.code, error.exitCode]).toEqual(["ENVIRONMENT", 78]);
    expect(error.message).toContain("@resvg/resvg-wasm or its fonts are missing");
    expect(error.hint).toContain(".svg");
  });
});
