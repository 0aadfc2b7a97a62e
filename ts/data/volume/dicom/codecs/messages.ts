import type { PixelFormat } from "../slice.ts";
import type { DecodedFrame } from "./port.ts";

/** Numbers in the head of a request: decoder, rows, columns, bits allocated, bits stored, signed. */
const requestHeadBytes = 24;
/** Numbers in the head of an answer: status, width, height, components, bits, signed, lossy. */
const answerHeadBytes = 28;
const refusedStatus = 1;

/** Most bytes of an answer about one frame, or of a refusal. */
export function largestAnswer({ rows, columns }: PixelFormat): number {
  return answerHeadBytes + Math.max(2 * rows * columns, 1024);
}

/** What a decoder process is asked: little-endian numbers, then the codestream. */
export function packRequest(decoder: number, format: PixelFormat, bytes: Uint8Array): readonly Uint8Array[] {
  const { rows, columns, bitsAllocated, bitsStored, signed } = format;
  return [numbers([decoder, rows, columns, bitsAllocated, bitsStored, Number(signed)]), bytes];
}

/** The request again; undefined when the bytes are none. */
export function unpackRequest(
  message: Buffer,
): { readonly decoder: number; readonly format: PixelFormat; readonly bytes: Buffer } | undefined {
  if (message.length < requestHeadBytes) return undefined;
  const [decoder = 0, rows = 0, columns = 0, bitsAllocated = 0, bitsStored = 0, signed = 0] = numbersOf(
    message,
    requestHeadBytes,
  );
  if (bitsAllocated !== 8 && bitsAllocated !== 16) return undefined;
  return {
    decoder,
    format: { rows, columns, bitsAllocated, bitsStored, signed: signed === 1 },
    bytes: message.subarray(requestHeadBytes),
  };
}

/** The answer to one request: a frame, or in words why there is none. */
export function packAnswer(answer: DecodedFrame | string): readonly Uint8Array[] {
  if (typeof answer === "string")
    return [numbers([refusedStatus, 0, 0, 0, 0, 0, 0]), Buffer.from(answer.slice(0, 400))];
  const { width, height, components, bits, signed, lossy, samples } = answer;
  return [
    numbers([0, width, height, components, bits, Number(signed), Number(lossy)]),
    new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength),
  ];
}

/** The answer again; undefined when the bytes are none. */
export function unpackAnswer(message: Buffer): DecodedFrame | string | undefined {
  if (message.length < answerHeadBytes) return undefined;
  const [status, width = 0, height = 0, components = 0, bits = 0, signed, lossy] = numbersOf(
    message,
    answerHeadBytes,
  );
  const body = message.subarray(answerHeadBytes);
  if (status === refusedStatus) return body.toString();
  if (status !== 0 || body.length !== 2 * width * height * components) return undefined;
  // The head's length keeps the samples on an even byte of a buffer of its own.
  const even = (body.byteOffset & 1) === 0 ? body : Buffer.from(body);
  const samples = new Uint16Array(even.buffer, even.byteOffset, even.length / 2);
  return { width, height, components, bits, signed: signed === 1, lossy: lossy === 1, samples };
}

function numbers(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => {
    bytes.writeUInt32LE(value, 4 * index);
  });
  return bytes;
}

function numbersOf(message: Buffer, headBytes: number): readonly number[] {
  return Array.from({ length: headBytes / 4 }, (_, index) => message.readUInt32LE(4 * index));
}
