import { escaped } from "./problems.ts";
import { hiddenProblem } from "./scan.ts";

/** Bytes that a row may have. */
export const rowBytesAtMost = 2 ** 20;

/** Who is told what stands on the lines of a file. */
export interface LineTaker {
  /**
   * A JSON value and its line.
   *
   * @param isWhole - false where a problem of the line was told before: what it holds is looked at, and not kept.
   */
  readonly value: (value: unknown, line: number, isWhole: boolean) => void;
  readonly problem: (problem: string, line: number) => void;
}

const newline = 0x0a;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const blank = /^[ \t\r]*$/;

/**
 * Reads a file of one JSON value a line, piece by piece, in UTF-8; blank lines, CRLF and one byte order mark at the
 * beginning are allowed. A line takes no more memory than a row may have.
 */
export class JsonLines {
  /** Lines that held something. */
  given = 0;
  private readonly taker: LineTaker;
  private line = 0;
  private rest = new Uint8Array(0);
  private isOverlong = false;

  constructor(taker: LineTaker) {
    this.taker = taker;
  }

  /** Takes the next bytes of the file. */
  push(bytes: Uint8Array): void {
    const first = bytes.indexOf(newline);
    if (first < 0) {
      this.keep(bytes);
      return;
    }
    this.keep(bytes.subarray(0, first));
    this.endLine();
    const last = bytes.lastIndexOf(newline);
    if (last > first) this.wholeLines(bytes.subarray(first + 1, last));
    this.keep(bytes.subarray(last + 1));
  }

  /** Ends the file: what stands behind the last newline is a line too. */
  end(): void {
    this.endLine();
  }

  private keep(bytes: Uint8Array): void {
    if (this.isOverlong || bytes.length === 0) return;
    if (this.rest.length + bytes.length > rowBytesAtMost) {
      this.isOverlong = true;
      this.rest = new Uint8Array(0);
      return;
    }
    const joined = new Uint8Array(this.rest.length + bytes.length);
    joined.set(this.rest);
    joined.set(bytes, this.rest.length);
    this.rest = joined;
  }

  private endLine(): void {
    const { rest, isOverlong } = this;
    this.rest = new Uint8Array(0);
    this.isOverlong = false;
    if (isOverlong) {
      this.line += 1;
      this.given += 1;
      this.wrong(`a row of more than ${rowBytesAtMost} bytes: cut it, or leave out what is not scored`);
    } else this.oneLine(rest);
  }

  /** Lines that lie whole within one piece: decoded at once where that is possible. */
  private wholeLines(bytes: Uint8Array): void {
    let text: string;
    try {
      text = utf8.decode(bytes);
    } catch {
      for (let from = 0; from <= bytes.length; ) {
        const at = bytes.indexOf(newline, from);
        const to = at < 0 ? bytes.length : at;
        this.oneLine(bytes.subarray(from, to));
        from = to + 1;
      }
      return;
    }
    for (const line of text.split("\n")) this.oneText(line);
  }

  private oneLine(bytes: Uint8Array): void {
    const hasMark = this.line === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    let text: string;
    try {
      text = utf8.decode(hasMark ? bytes.subarray(3) : bytes);
    } catch {
      this.line += 1;
      this.given += 1;
      this.wrong(
        (this.line === 1 ? otherKind(bytes) : undefined) ?? "it is not UTF-8: save the file as UTF-8",
      );
      return;
    }
    this.oneText(text);
  }

  private oneText(text: string): void {
    this.line += 1;
    if (blank.test(text)) return;
    this.given += 1;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      this.wrong(`not JSON: ${whyNot(text, (cause as { readonly message: string }).message)}`);
      return;
    }
    const hidden = hiddenProblem(text);
    if (hidden !== undefined) this.wrong(hidden);
    this.taker.value(value, this.line, hidden === undefined);
  }

  private wrong(problem: string): void {
    this.taker.problem(problem, this.line);
  }
}

/** How files of other kinds begin. */
const beginnings: readonly (readonly [bytes: readonly number[], what: string])[] = [
  [[0x1f, 0x8b], "compressed by gzip"],
  [[0x28, 0xb5, 0x2f, 0xfd], "compressed by zstandard"],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], "compressed by xz"],
  [[0x42, 0x5a, 0x68], "compressed by bzip2"],
  [[0x50, 0x4b, 0x03, 0x04], "a zip archive, as a workbook is"],
  [[0x50, 0x41, 0x52, 0x31], "Parquet"],
];

/** What a file whose first line is no UTF-8 may be. */
function otherKind(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff || bytes[0] === 0xfe)
    return `it is ${bytes[2] === 0 && bytes[3] === 0 ? "UTF-32" : "UTF-16"}, not UTF-8: save the file as UTF-8`;
  const found = beginnings.find(([begin]) => begin.every((byte, at) => bytes[at] === byte));
  return found && `it is not UTF-8 but ${found[1]}: unpack it, or save it as text in UTF-8`;
}

function whyNot(text: string, message: string): string {
  if (text.includes("\u0000"))
    return "it holds NUL bytes (UTF-16 without a byte order mark, or a damaged file)";
  if (text.trimEnd().includes("\r")) return "a carriage return alone ends no line: two objects stand on one";
  if (/^\s*\[\s*(?:[{[]|$)/.test(text))
    return "a list begins here; write its objects one a line, without the list";
  if (/^\s*\{\s*$/.test(text)) return "an object goes on over several lines; write it on one";
  return escaped(message.slice(0, 200).toWellFormed());
}
