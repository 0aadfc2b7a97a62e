import { createRequire } from "node:module";
import { wholeCodestream } from "./codestream.ts";
import { CodecRefusal, type PixelDecoder, requireShape } from "./port.ts";
import { decodeWasm, startWasm, type WasmDecoder, type WasmStart } from "./wasm.ts";

const require = createRequire(import.meta.url);

interface Jpeg2000Decoder extends WasmDecoder {
  getIsReversible(): boolean;
}

/** JPEG 2000 Part 1, by OpenJPEG. */
export const jpeg2000: PixelDecoder = {
  name: "JPEG 2000",
  statesSign: true,
  transferSyntaxes: ["1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"],
  open: async () => {
    const start = require("@cornerstonejs/codec-openjpeg/decodewasmjs") as WasmStart<{
      readonly J2KDecoder: new () => Jpeg2000Decoder;
    }>;
    const codec = await startWasm(start);
    return (bytes, expected) => {
      requireShape(wholeCodestream(bytes), expected);
      return decodeWasm(new codec.J2KDecoder(), bytes, (decoder) => !decoder.getIsReversible());
    };
  },
};

/** High-throughput JPEG 2000 (Part 15), by OpenJPH. */
export const highThroughput: PixelDecoder = {
  name: "HTJ2K",
  statesSign: true,
  transferSyntaxes: ["201", "202", "203"].map((end) => `1.2.840.10008.1.2.4.${end}`),
  open: async () => {
    const start = require("@cornerstonejs/codec-openjph/wasmjs") as WasmStart<{
      readonly HTJ2KDecoder: new () => Jpeg2000Decoder;
    }>;
    const codec = await startWasm(start);
    return (bytes, expected) => {
      const promised = wholeCodestream(bytes);
      requireShape(promised, expected);
      if (!promised.highThroughput)
        throw new CodecRefusal(
          "the codestream is plain JPEG 2000, not the HTJ2K that its transfer syntax says",
        );
      return decodeWasm(new codec.HTJ2KDecoder(), bytes, (decoder) => !decoder.getIsReversible());
    };
  },
};
