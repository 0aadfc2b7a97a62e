// Unique tokens for fields that hold identity, and a search for them in every form they could leave in.
import { createHash } from "node:crypto";

/** Makes tokens that stand nowhere else; each names where it was planted. */
export class Canaries {
  readonly #planted = new Map<string, string>();

  /** A word of 14 letters, or fewer where a field holds no more; no other token contains it. */
  word(where: string, length = 14): string {
    return this.#keep(letters(this.#planted.size).slice(0, length), where);
  }

  /** A UID of 40 digits and dots. */
  uid(where: string): string {
    return this.#keep(
      `1.2.826.0.1.3680043.${digits(this.#planted.size)}.${digits(this.#planted.size + 7919)}`,
      where,
    );
  }

  /** As many digits as a date or a time has, and no date that a test would print. */
  number(where: string, length: number): string {
    return this.#keep(digits(this.#planted.size).slice(0, length), where);
  }

  /** Where tokens are found in bytes: "PatientName as base64 in stdout"; an empty list when there are none. */
  hits(bytes: Uint8Array, place: string): readonly string[] {
    const text = Buffer.from(bytes).toString("latin1");
    const small = text.toLowerCase();
    return [...this.#planted].flatMap(([token, where]) =>
      formsOf(token).flatMap(({ form, sought, exact }) =>
        (exact ? text.includes(sought) : small.includes(sought.toLowerCase()))
          ? [`${where} (${token}) as ${form} in ${place}`]
          : [],
      ),
    );
  }

  get size(): number {
    return this.#planted.size;
  }

  #keep(token: string, where: string): string {
    if (this.#planted.has(token)) throw new Error(`${token} was planted before`);
    this.#planted.set(token, where);
    return token;
  }
}

interface Form {
  readonly form: string;
  /** Bytes as Latin-1 text. */
  readonly sought: string;
  /** False where large and small letters are the same. */
  readonly exact: boolean;
}

const known = new Map<string, readonly Form[]>();

/** Every form of a token; letters are plain ASCII, so that UTF-8, Latin-1 and URL encoding are the token itself. */
function formsOf(token: string): readonly Form[] {
  const made = known.get(token) ?? makeForms(token);
  known.set(token, made);
  return made;
}

function makeForms(token: string): readonly Form[] {
  const latin = (bytes: Buffer): string => bytes.toString("latin1");
  const wide = Buffer.from(token, "utf16le");
  const big = Buffer.from(wide).swap16();
  const turned = [...token].toReversed().join("");
  const digest = (name: string): string => createHash(name).update(token).digest("hex").slice(0, 16);
  const loose = (form: string, sought: string): Form => ({ form, sought, exact: false });
  return [
    loose("text", token),
    loose("text from behind", turned),
    loose("UTF-16LE", latin(wide)),
    // Without the first zero, which the byte before may lack.
    loose("UTF-16BE", latin(big.subarray(1))),
    loose("hex", Buffer.from(token).toString("hex")),
    loose("hex of small letters", Buffer.from(token.toLowerCase()).toString("hex")),
    loose(
      "every letter URL encoded",
      [...Buffer.from(token)].map((byte) => `%${byte.toString(16)}`).join(""),
    ),
    loose("escaped UTF-16", [...token].map((letter) => `\\u00${letter.charCodeAt(0).toString(16)}`).join("")),
    ...["md5", "sha1", "sha256"].map((name) => loose(`plain ${name}`, digest(name))),
    ...[token, token.toLowerCase(), turned].flatMap((text) => base64Forms(Buffer.from(text), "base64")),
    ...base64Forms(wide, "base64 of UTF-16LE"),
  ];
}

/** Base64 at its three offsets, without the letters that hold bits of what stands beside. */
function base64Forms(bytes: Buffer, form: string): readonly Form[] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const sought = encoded.slice(Math.ceil((8 * offset) / 6), Math.floor((8 * (offset + bytes.length)) / 6));
    const url = sought.replaceAll("+", "-").replaceAll("/", "_");
    return [...new Set([sought, url])].map((text) => ({
      form: `${form} at offset ${offset}`,
      sought: text,
      exact: true,
    }));
  });
}

function letters(number: number): string {
  const bytes = createHash("sha512").update(`canary ${number}`).digest();
  // No vowels, so that no word of a message is met by chance; begins alike, so that a person sees what it is.
  return `QZ${[...bytes.subarray(0, 12)].map((byte) => "BCDFGHJKLMNPRSTVWX".charAt(byte % 18)).join("")}`;
}

function digits(number: number): string {
  const value = createHash("sha512").update(`digits ${number}`).digest().readUIntBE(0, 6);
  return `9${String(value).padStart(15, "7")}`;
}
