import { jpeg } from "./jpeg/index.ts";
import { jpegLs } from "./jpeg-ls.ts";
import { highThroughput, jpeg2000 } from "./jpeg2000.ts";
import type { PixelDecoder } from "./port.ts";
import { rle } from "./rle.ts";

/** Every decoder; a decoder process is told which by its place here. */
export const decoders: readonly PixelDecoder[] = [rle, jpeg, jpegLs, jpeg2000, highThroughput];

/** The decoder of a transfer syntax; undefined where there is none. */
export function decoderOf(transferSyntax: string): PixelDecoder | undefined {
  return decoders.find((decoder) => decoder.transferSyntaxes.includes(transferSyntax));
}
