/**
 * What parent and decoder child write to each other: little-endian frames over stdin and stdout.
 * In: count, then for each image its length and bytes. Out: for each image a header of eight numbers and the
 * samples (16 bit).
 */

/** First number of every answer; text that a library prints between answers is noticed by it. */
export const answerMagic = 0x324b4a54;
/**
 * Numbers in the header of an answer: magic, status, width, height, bits, signed, reversible, sample bytes.
 */
export const answerHeaderBytes = 32;

/** One decoded image, or a status that is not 0. */
export interface DecodedImage {
  /** 0 decoded, 1 the codec refused the bytes, 2 it gave an image of another kind. */
  readonly status: number;
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly signed: boolean;
  readonly reversible: boolean;
  /** Two bytes a sample, little endian; a view into the answer. */
  readonly samples: Uint8Array;
}

/** Bytes for the child's stdin. */
export function packImages(images: readonly Uint8Array[]): Buffer {
  const parts: Uint8Array[] = [number32(images.length)];
  for (const image of images) parts.push(number32(image.length), image);
  return Buffer.concat(parts);
}

/** Images from the child's stdin; undefined when the bytes do not add up. */
export function unpackImages(bytes: Buffer): readonly Buffer[] | undefined {
  if (bytes.length < 4) return undefined;
  const count = bytes.readUInt32LE(0);
  const images: Buffer[] = [];
  let at = 4;
  for (let i = 0; i < count; i++) {
    if (at + 4 > bytes.length) return undefined;
    const length = bytes.readUInt32LE(at);
    at += 4;
    if (at + length > bytes.length) return undefined;
    images.push(bytes.subarray(at, at + length));
    at += length;
  }
  return at === bytes.length ? images : undefined;
}

/** Bytes of one answer. */
export function packAnswer(image: DecodedImage): Buffer {
  const header = Buffer.alloc(answerHeaderBytes);
  [
    answerMagic,
    image.status,
    image.width,
    image.height,
    image.bits,
    Number(image.signed),
    Number(image.reversible),
    image.samples.length,
  ].forEach((value, index) => {
    header.writeUInt32LE(value, 4 * index);
  });
  return Buffer.concat([header, image.samples]);
}

/** Answers from the child's stdout; undefined when they are not exactly `count` whole ones. */
export function unpackAnswers(bytes: Uint8Array, count: number): readonly DecodedImage[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const images: DecodedImage[] = [];
  let at = 0;
  while (at + answerHeaderBytes <= bytes.length) {
    const field = (index: number): number => view.getUint32(at + 4 * index, true);
    if (field(0) !== answerMagic) return undefined;
    const length = field(7);
    const from = at + answerHeaderBytes;
    if (from + length > bytes.length) return undefined;
    images.push({
      status: field(1),
      width: field(2),
      height: field(3),
      bits: field(4),
      signed: field(5) === 1,
      reversible: field(6) === 1,
      samples: bytes.subarray(from, from + length),
    });
    at = from + length;
  }
  return at === bytes.length && images.length === count ? images : undefined;
}

function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
