import { createCipheriv, randomBytes } from "node:crypto";
import { keyedId } from "../../../files/index.ts";
import { markText, unitBytes } from "./format.ts";

const cipher = "aes-256-ctr";
const nonceBytes = unitBytes - markText.length;

/**
 * What lies over the bytes of an index, so that nobody reads patients, paths or texts in it without the project's key:
 * AES-256 in counter mode, whose blocks are the units of the file, so that any part is read by itself. It hides and does
 * not prove: checksums are told apart by those who have the key.
 */
export class Veil {
  /** The first unit of the file, which lies bare: its mark and the number that no other file begins with. */
  readonly start: Buffer;
  readonly #key: Buffer;

  private constructor(start: Buffer) {
    this.start = start;
    this.#key = Buffer.from(keyedId("what lies over indexes of data sets", ""), "hex");
  }

  /** One that no file has yet. @throws TomoeError as `projectKey`. */
  static begin(): Veil {
    return new Veil(Buffer.concat([Buffer.from(markText, "latin1"), randomBytes(nonceBytes)]));
  }

  /** That of a file by its first unit; undefined where this begins no index. @throws TomoeError as `projectKey`. */
  static of(start: Buffer): Veil | undefined {
    const isOne = start.length === unitBytes && start.toString("latin1", 0, markText.length) === markText;
    return isOne ? new Veil(Buffer.from(start)) : undefined;
  }

  /** Bytes that lie at a place of the file with the veil on, where it was off, or off where it was on. */
  turned(bytes: Buffer, at: number): Buffer {
    if (at < unitBytes) {
      const bare = bytes.subarray(0, unitBytes - at);
      return Buffer.concat([bare, this.#turned(bytes.subarray(bare.length), unitBytes)]);
    }
    return this.#turned(bytes, at);
  }

  #turned(bytes: Buffer, at: number): Buffer {
    if (bytes.length === 0) return bytes;
    const block = Buffer.alloc(unitBytes);
    this.start.copy(block, 0, markText.length);
    block.writeBigUInt64BE(BigInt(Math.floor(at / unitBytes)), nonceBytes);
    const before = at % unitBytes;
    const stream = createCipheriv(cipher, this.#key, block);
    if (before > 0) stream.update(Buffer.alloc(before));
    return stream.update(bytes);
  }
}
