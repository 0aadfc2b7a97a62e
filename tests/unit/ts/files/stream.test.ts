import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StreamedFile } from "../../../../ts/files/stream.ts";
import { caught } from "../../../support/caught.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const root = temporaryFolder();
let made = 0;

function fresh(): string {
  const folder = join(root, `f${made++}`);
  mkdirSync(folder);
  return folder;
}

describe("a file written piece by piece", () => {
  it("is there whole once it is committed, for its owner alone", async () => {
    const path = join(fresh(), "rows.jsonl");
    const file = await StreamedFile.begin(path);
    const line = `${"ä".repeat(500)}\n`;
    for (let at = 0; at < 700; at++) await file.write(line);
    expect(existsSync(path)).toBe(false);
    await file.commit();
    expect(readFileSync(path, "utf8")).toBe(line.repeat(700));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("leaves what was there before until then", async () => {
    const folder = fresh();
    const path = join(folder, "rows.jsonl");
    writeFileSync(path, "old");
    const file = await StreamedFile.begin(path);
    await file.write("new");
    expect(readFileSync(path, "utf8")).toBe("old");
    await file.abandon();
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["rows.jsonl"]);
    const second = await StreamedFile.begin(path);
    await second.commit();
    await second.abandon();
    expect(readFileSync(path, "utf8")).toBe("");
  });

  it("is refused where its folder is not there, or a folder stands in its place", async () => {
    const error = await caught(() => StreamedFile.begin(join(root, "gone", "x")));
    expect([error.code, error.exitCode]).toEqual(["OUTPUT_CREATE", 73]);
    const folder = fresh();
    mkdirSync(join(folder, "taken"));
    const file = await StreamedFile.begin(join(folder, "taken"));
    expect(await caught(() => file.commit())).toMatchObject({ code: "OUTPUT_CREATE" });
    expect(readdirSync(folder)).toEqual(["taken"]);
  });
});
