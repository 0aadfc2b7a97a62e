import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { textRecords } from "../../../../../../ts/data/sources/rows/records.ts";
import { caught } from "../../../../../support/caught.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const folder = temporaryFolder();

async function records(content: string | Buffer, delimiter: number | null): Promise<readonly unknown[]> {
  const path = join(folder, "t");
  writeFileSync(path, content);
  const found: unknown[] = [];
  for await (const record of textRecords({ path }, delimiter))
    found.push("text" in record ? record.text : record.problem);
  return found;
}

describe("textRecords", () => {
  it("ends records at line ends outside quotes, where quotes mean something", async () => {
    const text = '"a\nb",c\r\nd';
    expect(await records(text, 0x2c)).toEqual(['"a\nb",c', "d"]);
    expect(await records(text, null)).toEqual(['"a', 'b",c', "d"]);
  });

  it("drops a byte order mark at the beginning alone", async () => {
    expect(await records("\uFEFFa\n\uFEFFb", null)).toEqual(["a", "\uFEFFb"]);
  });

  it("is hurt by bytes that are no UTF-8 in their own record alone", async () => {
    expect(await records(Buffer.from([0x61, 0x0a, 0xff, 0x0a, 0x62]), null)).toEqual([
      "a",
      "the row is not UTF-8",
      "b",
    ]);
  });

  it("names UTF-16 by its byte order mark, in either order", async () => {
    const wide = Buffer.from("\ufeffa,b", "utf16le");
    expect(await records(wide, 0x2c)).toEqual(["the table is UTF-16, not UTF-8"]);
    expect(await records(wide.swap16(), 0x2c)).toEqual(["the table is UTF-16, not UTF-8"]);
  });

  it("does not hold a record of more than 16 MiB", async () => {
    const [long, next] = await records(`${"x".repeat((16 << 20) + 1)}\nb`, null);
    expect(long).toBe(`the row is of ${(16 << 20) + 1} bytes, more than ${16 << 20}`);
    expect(next).toBe("b");
  });

  it("stops at a signal and at a file that is not there", async () => {
    const missing = await caught(async () => {
      for await (const _ of textRecords({ path: join(folder, "none") }, null))
        throw new Error("a record of nothing");
    });
    expect(missing.code).toBe("PATH_NOT_FOUND");
    writeFileSync(join(folder, "t"), "a");
    const stopped = await caught(async () => {
      for await (const _ of textRecords({ path: join(folder, "t"), signal: AbortSignal.abort() }, null))
        throw new Error("a record");
    });
    expect(stopped.code).toBe("CANCELLED");
  });
});
