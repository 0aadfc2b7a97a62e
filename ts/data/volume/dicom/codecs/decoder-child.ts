/** Decoder process: answers each frame on its stdin with samples on its stdout, until stdin ends. */
import { readSync, writeSync } from "node:fs";
import { packAnswer, unpackRequest } from "./messages.ts";
import { CodecRefusal, type DecodedFrame, type DecodeFrame, requireShape } from "./port.ts";
import { decoders } from "./table.ts";

const opened = new Map<number, DecodeFrame>();

/** The frame, or in words why there is none. */
async function answerTo(message: Buffer): Promise<DecodedFrame | string> {
  const request = unpackRequest(message);
  const decoder = request === undefined ? undefined : decoders[request.decoder];
  if (request === undefined || decoder === undefined)
    return "the decoder process was asked for nothing it knows";
  const decode = opened.get(request.decoder) ?? (await decoder.open());
  opened.set(request.decoder, decode);
  try {
    const frame = decode(request.bytes, request.format);
    requireShape(frame, request.format);
    return frame;
  } catch (error) {
    return error instanceof CodecRefusal ? error.message : "the codestream is damaged";
  }
}

/** Exactly so many bytes of stdin; undefined at its end. */
function read(length: number): Buffer | undefined {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let filled = 0; filled < length; ) {
    const got = readSync(0, bytes, filled, length - filled, null);
    if (got === 0) return undefined;
    filled += got;
  }
  return bytes;
}

function write(parts: readonly Uint8Array[]): void {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(parts.reduce((sum, part) => sum + part.length, 0));
  for (const part of [length, ...parts])
    for (let at = 0; at < part.length; ) at += writeSync(1, part, at, part.length - at);
}

for (;;) {
  const length = read(4);
  const message = length === undefined ? undefined : read(length.readUInt32LE(0));
  if (message === undefined) break;
  write(packAnswer(await answerTo(message)));
}
