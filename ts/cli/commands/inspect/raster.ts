import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { TomoeError } from "../../../errors.ts";
import { readWhole } from "../../../files/index.ts";

/** Pixels of the PNG to a pixel of the SVG, for text that reads well. */
const zoom = 2;
const mostBytes = 1 << 26;
const family = "DejaVu Sans";

/**
 * An SVG document as PNG bytes. Fonts come from a package, so that every machine draws the same picture.
 *
 * @throws TomoeError `ENVIRONMENT` where the packages that draw it are not installed.
 */
export async function rasterise(svg: string): Promise<Uint8Array> {
  const { Resvg, fonts } = await loaded();
  const resvg = new Resvg(svg, {
    fitTo: { mode: "zoom", value: zoom },
    font: {
      fontBuffers: fonts,
      loadSystemFonts: false,
      defaultFontFamily: family,
      sansSerifFamily: family,
    },
  });
  try {
    return Uint8Array.from(resvg.render().asPng());
  } finally {
    resvg.free();
  }
}

interface Loaded {
  readonly Resvg: typeof import("@resvg/resvg-wasm").Resvg;
  readonly fonts: Uint8Array[];
}

/** One a process: the module refuses a second start. */
let once: Promise<Loaded> | undefined;

function loaded(): Promise<Loaded> {
  once ??= load(createRequire(import.meta.url).resolve);
  return once;
}

/**
 * The drawing module with its fonts.
 *
 * @param resolve - where a package's file lies; throws where it is not installed.
 */
export async function load(resolve: (specifier: string) => string): Promise<Loaded> {
  try {
    const { initWasm, Resvg } = await import("@resvg/resvg-wasm");
    const fontFolder = join(dirname(resolve("dejavu-fonts-ttf/package.json")), "ttf");
    const [wasm, ...fonts] = await Promise.all([
      readWhole(resolve("@resvg/resvg-wasm/index_bg.wasm"), mostBytes),
      ...["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"].map((name) =>
        readWhole(join(fontFolder, name), mostBytes),
      ),
    ]);
    await initWasm(wasm);
    return { Resvg, fonts };
  } catch (cause) {
    throw new TomoeError(
      "ENVIRONMENT",
      "a PNG cannot be drawn here: @resvg/resvg-wasm or its fonts are missing",
      {
        hint: "Install Tomoe's packages again, or give --picture a name that ends in .svg, which needs neither.",
        details: { packages: ["@resvg/resvg-wasm", "dejavu-fonts-ttf"] },
        cause,
      },
    );
  }
}
