import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TomoeError } from "../../../../../ts/errors.ts";
import { SpaceWaiter } from "../../../../../ts/files/index.ts";
import type { AppendOptions } from "../../../../../ts/track/record/append-file.ts";
import { AppendFile } from "../../../../../ts/track/record/append-file.ts";
import { failureOf, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

let count = 0;
let path: string;
let lines: string[];
let options: AppendOptions;
beforeEach(() => {
  path = join(scratch.path, `file-${count++}`);
  lines = [];
  const notice = (line: string): void => void lines.push(line);
  options = {
    guard: async () => undefined,
    notice,
    space: new SpaceWaiter({ timeoutMs: 50, pollMs: 5 }, notice),
  };
});
const whole = { validBytes: 0, tornBytes: 0, lostNewline: false };

describe("a file that only grows", () => {
  it("is made new and private, and holds what was appended in order", async () => {
    const file = await AppendFile.create(path, options);
    await file.append(Buffer.from("one\n"));
    await file.append(new Uint8Array(0));
    await file.append(Buffer.from("two\n"));
    expect([readFileSync(path, "utf8"), file.sizeBytes, statSync(path).mode & 0o777]).toEqual([
      "one\ntwo\n",
      8,
      0o600,
    ]);
    await file.close();
  });

  it("is never made over another", async () => {
    writeFileSync(path, "theirs");
    await expect(AppendFile.create(path, options)).rejects.toMatchObject({ code: "EEXIST" });
    expect(readFileSync(path, "utf8")).toBe("theirs");
  });

  it("goes on behind what was there, also where there was nothing", async () => {
    const fresh = await AppendFile.reopen(path, whole, options);
    await fresh.append(Buffer.from("one\n"));
    await fresh.close();
    const again = await AppendFile.reopen(path, { ...whole, validBytes: 4 }, options);
    await again.append(Buffer.from("two\n"));
    expect([readFileSync(path, "utf8"), again.sizeBytes, lines]).toEqual(["one\ntwo\n", 8, []]);
    await again.close();
  });

  it("loses the torn tail with a line, and gets a newline that was lost", async () => {
    writeFileSync(path, "one\nto");
    const cut = await AppendFile.reopen(path, { validBytes: 4, tornBytes: 2, lostNewline: false }, options);
    await cut.close();
    expect([readFileSync(path, "utf8"), lines]).toEqual([
      "one\n",
      [`cut 2 bytes that were never acknowledged off the end of ${path}`],
    ]);
    writeFileSync(path, "one\ntwo");
    const mended = await AppendFile.reopen(path, { validBytes: 7, tornBytes: 0, lostNewline: true }, options);
    await mended.append(Buffer.from("x\n"));
    expect([readFileSync(path, "utf8"), mended.sizeBytes]).toEqual(["one\ntwo\nx\n", 10]);
    await mended.close();
  });

  it("takes nothing once its writer was replaced", async () => {
    let mayWrite = true;
    const guard = async (): Promise<void> => {
      if (!mayWrite) throw new TomoeError("WORKER_FENCED", "replaced", { hint: "Nothing to do." });
    };
    const file = await AppendFile.create(path, { ...options, guard });
    await file.append(Buffer.from("one\n"));
    mayWrite = false;
    expect((await failureOf(file.append(Buffer.from("late\n")))).code).toBe("WORKER_FENCED");
    expect(readFileSync(path, "utf8")).toBe("one\n");
    await file.close();
  });

  it("says what could not be appended, with the bytes and the place", async () => {
    const file = await AppendFile.create(path, options);
    await file.close();
    const refused = await failureOf(file.append(Buffer.from("late\n"))).catch((cause: unknown) => cause);
    expect(refused).toMatchObject({
      code: "IO_FAILED",
      details: { path, errno: "EBADF", neededBytes: 5 },
    });
  });
});
