import { TomoeError } from "../../../errors.ts";

/**
 * Refuses a stack size in which the findings of order would not fill whole slices.
 *
 * @throws CONFIG_INVALID
 */
export function requireSize(sizeDHW: readonly [number, number, number]): void {
  const [depth, height, width] = sizeDHW;
  if (
    Number.isInteger(depth) &&
    depth > 0 &&
    depth <= 512 &&
    depth % 16 === 0 &&
    isSliceSide(height) &&
    height === width
  )
    return;
  throw new TomoeError("CONFIG_INVALID", `phantom sizeDHW is ${sizeDHW.join(" x ")}`, {
    hint: "Give slices as a multiple of 16 up to 512, and rows and columns equal, from 24 to 1024.",
    details: { sizeDHW: sizeDHW.map(String) },
  });
}

/**
 * Refuses a slice size or a patch size that does not divide it.
 *
 * @throws CONFIG_INVALID
 */
export function requireSlice(sizeHW: readonly [number, number], patchSize: number): void {
  const [height, width] = sizeHW;
  if (
    isSliceSide(height) &&
    height === width &&
    Number.isInteger(patchSize) &&
    patchSize > 0 &&
    height % patchSize === 0
  )
    return;
  throw new TomoeError(
    "CONFIG_INVALID",
    `phantom slice is ${sizeHW.join(" x ")} with patches of ${patchSize}`,
    {
      hint: "Give rows and columns equal, from 24 to 1024, and a patch size that divides them.",
      details: { sizeHW: sizeHW.map(String), patchSize: String(patchSize) },
    },
  );
}

function isSliceSide(pixels: number): boolean {
  return Number.isInteger(pixels) && pixels >= 24 && pixels <= 1024;
}
