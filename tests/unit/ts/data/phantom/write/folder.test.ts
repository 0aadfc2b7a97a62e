import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatasetDraft } from "../../../../../../ts/data/phantom/write/folder.ts";
import { writeDatasetFolder } from "../../../../../../ts/data/phantom/write/folder.ts";
import { datasetManifestSchema } from "../../../../../../ts/schema/sample.ts";

const heading = { name: "n", source: "s", facts: { plane: ["axial"] }, patchClasses: [] };
const row = { case: "c", subject: "s", path: "volumes/a.nii", split: "train" } as const;
const item = { id: "i", case: "c", task: "report", question: "q", target: "t" } as const;
const fill = async (draft: DatasetDraft): Promise<void> => {
  await draft.writeFile("volumes/a.nii", new Uint8Array([1, 2, 3]));
  draft.addCase(row, [item]);
};

interface Refusal {
  readonly code: string;
  readonly message: string;
}

async function refusal(work: Promise<unknown>): Promise<Refusal> {
  try {
    await work;
  } catch (error) {
    return error as Refusal;
  }
  throw new Error("nothing was refused");
}

describe("writeDatasetFolder", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tomoe-dataset-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("writes files, rows and a manifest that counts them, and leaves nothing else", async () => {
    const target = join(folder, "set");
    const manifest = await writeDatasetFolder(target, heading, undefined, fill);
    expect(manifest).toEqual({ format: "tomoe.dataset/1", ...heading, cases: 1, items: 1 });
    expect(
      datasetManifestSchema.parse(JSON.parse(readFileSync(join(target, "manifest.json"), "utf8"))),
    ).toEqual(manifest);
    expect(JSON.parse(readFileSync(join(target, "cases.jsonl"), "utf8"))).toEqual(row);
    expect(JSON.parse(readFileSync(join(target, "items.jsonl"), "utf8"))).toEqual(item);
    expect([...readFileSync(join(target, "volumes/a.nii"))]).toEqual([1, 2, 3]);
    expect(readdirSync(folder)).toEqual(["set"]);
  });

  it("shows nothing under the target's name until everything is written", async () => {
    const target = join(folder, "set");
    let during: boolean | undefined;
    await writeDatasetFolder(target, heading, undefined, async (draft) => {
      await fill(draft);
      during = existsSync(target);
    });
    expect(during).toBe(false);
    expect(existsSync(target)).toBe(true);
  });

  it("writes into an empty folder and makes missing parents", async () => {
    const empty = join(folder, "empty");
    mkdirSync(empty);
    await writeDatasetFolder(empty, heading, undefined, fill);
    await writeDatasetFolder(join(folder, "a/b/set"), heading, undefined, fill);
    expect(
      existsSync(join(empty, "manifest.json")) && existsSync(join(folder, "a/b/set/manifest.json")),
    ).toBe(true);
  });

  it("refuses a folder that holds something, or a file, and leaves it as it was", async () => {
    writeFileSync(join(folder, "file"), "mine");
    const full = await refusal(writeDatasetFolder(folder, heading, undefined, fill));
    expect(full.code).toBe("OUTPUT_EXISTS");
    expect(full.message).toBe(`[OUTPUT_EXISTS] ${folder} exists and is not empty (1 entries)`);
    const file = await refusal(writeDatasetFolder(join(folder, "file"), heading, undefined, fill));
    expect(file.code).toBe("OUTPUT_EXISTS");
    expect(file.message).toContain("exists and is not a folder");
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("mine");
  });

  it("leaves nothing behind when filling fails, and passes the cause on", async () => {
    const cause = new RangeError("broken");
    const found = await refusal(
      writeDatasetFolder(join(folder, "set"), heading, undefined, async (draft) => {
        await fill(draft);
        throw cause;
      }),
    );
    expect(found).toBe(cause);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("stops when aborted, says so, and leaves nothing behind", async () => {
    const stop = new AbortController();
    const target = join(folder, "set");
    const found = await refusal(
      writeDatasetFolder(target, heading, stop.signal, async (draft) => {
        await fill(draft);
        stop.abort();
        await draft.writeFile("volumes/b.nii", new Uint8Array(1));
      }),
    );
    expect(found.code).toBe("CANCELLED");
    expect(found.message).toMatch(/^\[CANCELLED\] writing dataset .* was cancelled$/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("says that the output cannot be created under a file", async () => {
    writeFileSync(join(folder, "file"), "");
    const found = await refusal(writeDatasetFolder(join(folder, "file/set"), heading, undefined, fill));
    expect(found.code).toBe("OUTPUT_CREATE");
    expect(found.message).toBe(
      `[OUTPUT_CREATE] cannot write the dataset set at ${join(folder, "file/set")}: ENOTDIR`,
    );
  });

  const mayWriteAnywhere = process.getuid?.() === 0;
  const asUser = mayWriteAnywhere ? it.skip : it;
  if (mayWriteAnywhere)
    console.log("skipped: a folder without write permission, since root may write anywhere");
  asUser("says PERMISSION in a folder without write permission", async () => {
    chmodSync(folder, 0o500);
    const found = await refusal(writeDatasetFolder(join(folder, "set"), heading, undefined, fill));
    chmodSync(folder, 0o700);
    expect(found.code).toBe("PERMISSION");
    expect(found.message).toContain("EACCES");
  });
});
