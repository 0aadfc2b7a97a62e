import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { maxSocketPathBytes, printable } from "../../../../ts/files/paths.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const root = temporaryFolder();

async function bound(path: string): Promise<boolean> {
  const server = createServer();
  const done = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(path, () => resolve(true));
  });
  await new Promise((resolve) => server.close(resolve));
  return done;
}

describe("a path", () => {
  it("of the longest length can be bound as a socket, and one that the system cannot hold cannot", async () => {
    const of = (bytes: number): string => {
      const folder = join(root, "x".repeat(20));
      mkdirSync(folder, { recursive: true });
      return join(folder, "s".repeat(bytes - Buffer.byteLength(folder) - 1));
    };
    expect(Buffer.byteLength(of(maxSocketPathBytes))).toBe(maxSocketPathBytes);
    expect([await bound(of(maxSocketPathBytes)), await bound(of(120))]).toEqual([true, false]);
  });

  it("is shown as one line of text, from which it can be read back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is tested
        expect(printable(text)).not.toMatch(/[\u0000-\u001f]/);
        expect(JSON.parse(`"${printable(text)}"`)).toBe(text);
      }),
      { seed: 20261128 },
    );
    expect(printable("a\nb\u001b[31m")).toBe("a\\nb\\u001b[31m");
  });
});
