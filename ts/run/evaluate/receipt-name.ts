import { createHash } from "node:crypto";

/** Bytes that a file system allows in a name, less what writing a file whole adds. */
const mostBytes = 200;

/**
 * The name of a case's file in `receipts/`: its id, with what a name of a file cannot hold written in percent. An id that
 * is too long ends in its digest.
 *
 * @param id - any text.
 */
export function receiptName(id: string): string {
  // A leading dot hides a file, and marks unfinished ones.
  const name = encodeURIComponent(id).replaceAll("%20", " ").replace(/^\./, "%2E");
  if (name.length <= mostBytes) return `${name}.json`;
  const digest = createHash("sha256").update(id).digest("hex").slice(0, 16);
  return `${name.slice(0, mostBytes - digest.length - 1)}-${digest}.json`;
}
