import { stripVTControlCharacters } from "node:util";

/** What people read: stderr, with or without colour and a moving progress line. */

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

export interface Terminal {
  /** True when lines may be redrawn. */
  readonly isInteractive: boolean;
  /** Characters a line holds. */
  readonly columns: number;
  /** True when block letters can be shown. */
  readonly hasUnicode: boolean;
  /** The text in a style, or as it is where colour is off. */
  paint(style: Style, text: string): string;
  /** Writes one line; a progress line that stands is cleared first. */
  line(text: string): void;
  /** Replaces the progress line. Only where `isInteractive`. */
  redraw(text: string): void;
  /** Leaves the progress line standing and goes to the next. */
  keep(): void;
}

/** The part of a stream that a terminal needs. */
export interface TextStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const codes: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };

/**
 * A terminal on `stream`. Colour and redrawing only on a TTY; NO_COLOR (any value that is not empty) and
 * TERM=dumb are respected.
 *
 * @see https://no-color.org
 */
export function openTerminal(
  stream: TextStream,
  env: Readonly<Record<string, string | undefined>>,
): Terminal {
  const isInteractive = stream.isTTY === true && env.TERM !== "dumb";
  const hasColour = isInteractive && (env.NO_COLOR ?? "") === "";
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "";
  let standing = false;
  const clear = (): string => {
    const was = standing;
    standing = false;
    return was ? "\r\u001b[2K" : "";
  };
  return {
    isInteractive,
    get columns() {
      return stream.columns ?? 100;
    },
    hasUnicode: /utf-?8/i.test(locale),
    paint: (style, text) => (hasColour ? `\u001b[${codes[style]}m${text}\u001b[0m` : text),
    line: (text) => void stream.write(`${clear()}${text}\n`),
    redraw(text) {
      stream.write(`${clear()}${text}`);
      standing = true;
    },
    keep() {
      if (standing) stream.write("\n");
      standing = false;
    },
  };
}

/**
 * Text from a model or a file, safe for a terminal: escape sequences are taken out, other control characters
 * and those that turn the
 * writing direction are shown as the replacement character. Line breaks and tabs stay.
 */
export function plainText(text: string): string {
  const unescaped = stripVTControlCharacters(text.replaceAll("\r\n", "\n"));
  return unescaped.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, (character) =>
    character === "\n" || character === "\t" ? character : "\uFFFD",
  );
}
