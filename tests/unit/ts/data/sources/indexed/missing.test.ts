import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { allThere, missingScans } from "../../../../../../ts/data/sources/indexed/missing.ts";
import { caught } from "../../../../../support/caught.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const scan = (name: string): string => join(root, name);
writeFileSync(scan("file.nii"), "");
mkdirSync(scan("series"));
symlinkSync(scan("file.nii"), scan("link.nii"));
symlinkSync(scan("nowhere"), scan("broken.nii"));

const rowOf = (name: string, row: number) => ({
  id: `case ${row}`,
  paths: [scan(name)] as const,
  place: { table: "t.csv", row },
});

describe("scans that are looked for", () => {
  it("are there as files, folders and links to them; the others are told with their rows", async () => {
    const names = ["file.nii", "gone.nii", "series", "link.nii", "broken.nii", "file.nii/below"];
    const problems = await missingScans(names.map(rowOf));
    expect(problems.map(({ case: id, place, code }) => [id, place?.row, code])).toEqual(
      [1, 4, 5].map((row) => [`case ${row}`, row, "PATH_NOT_FOUND"]),
    );
    expect(problems[0]).toMatchObject({
      message: 'the scan of case "case 1" is not there',
      hint: "Download it, or leave its rows out.",
    });
  });

  it("are all there, or not", async () => {
    expect(await allThere([])).toBe(true);
    expect(await allThere(["file.nii", "series"].map(scan))).toBe(true);
    expect(await allThere(["file.nii", "gone.nii"].map(scan))).toBe(false);
  });

  it("are refused where they are a pipe", async () => {
    expect(spawnSync("mkfifo", [scan("pipe")]).status).toBe(0);
    for (const look of [
      async () => await missingScans([rowOf("pipe", 1)]),
      async () => await allThere([scan("pipe")]),
    ])
      expect(await caught(look)).toMatchObject({ code: "DATA_UNSUPPORTED", exitCode: 65 });
  });

  it("leave others a turn, of many", async () => {
    let turns = 0;
    const ticking = setInterval(() => turns++, 0);
    const many = Array.from({ length: 5000 }, () => scan("file.nii"));
    expect(await allThere(many)).toBe(true);
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(0);
  });
});
