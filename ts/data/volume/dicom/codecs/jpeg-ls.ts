import { createRequire } from "node:module";
import { frameHeader, segmentAt, startsFrame } from "./jpeg/segments.ts";
import { CodecRefusal, type PixelDecoder, requireShape } from "./port.ts";
import { decodeWasm, startWasm, type WasmDecoder, type WasmStart } from "./wasm.ts";

const require = createRequire(import.meta.url);

interface CharlsDecoder extends WasmDecoder {
  /** Largest error of a sample; 0 is lossless. */
  getNearLossless(): number;
}

/** JPEG-LS, by CharLS. */
export const jpegLs: PixelDecoder = {
  name: "JPEG-LS",
  statesSign: false,
  transferSyntaxes: ["1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"],
  open: async () => {
    const start = require("@cornerstonejs/codec-charls/decodewasmjs") as WasmStart<{
      readonly JpegLSDecoder: new () => CharlsDecoder;
    }>;
    const codec = await startWasm(start);
    return (bytes, expected) => {
      requireShape(promised(bytes), expected);
      requireEnd(bytes);
      return decodeWasm(new codec.JpegLSDecoder(), bytes, (decoder) => decoder.getNearLossless() > 0);
    };
  },
};

/** The frame header, read before the codec allocates what it promises. */
function promised(bytes: Uint8Array): ReturnType<typeof frameHeader> {
  const start = segmentAt(bytes, 0);
  if (start?.marker !== 0xd8) throw new CodecRefusal("the pixels do not start like a JPEG-LS codestream");
  for (
    let segment = segmentAt(bytes, start.end);
    segment !== undefined;
    segment = segmentAt(bytes, segment.end)
  ) {
    if (!startsFrame(segment.marker)) continue;
    const header = frameHeader(segment);
    if (header.kind !== "jpeg-ls")
      throw new CodecRefusal(`the codestream is ${header.kind} JPEG, not JPEG-LS`);
    return header;
  }
  throw new CodecRefusal("the codestream holds no frame");
}

/** Refuses a codestream without its end marker: CharLS works for minutes on what is not there. */
function requireEnd(bytes: Uint8Array): void {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  if (bytes[end - 2] !== 0xff || bytes[end - 1] !== 0xd9)
    throw new CodecRefusal("the codestream is cut short: its end marker is missing");
}
