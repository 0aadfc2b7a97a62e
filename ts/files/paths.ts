/**
 * Longest path of a Unix socket, in bytes, that Linux and macOS take alike: 104 and 108 with the final zero.
 * One byte more is cut off by some systems and refused by others, so what is longer goes over loopback TCP.
 */
export const maxSocketPathBytes = 103;

/** A path as one line of text: control characters escaped. */
export function printable(path: string): string {
  return JSON.stringify(path).slice(1, -1);
}
