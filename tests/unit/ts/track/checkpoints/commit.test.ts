import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TomoeError } from "../../../../../ts/errors.ts";
import { commitCheckpoint, moveFolder, removeFolder } from "../../../../../ts/track/checkpoints/commit.ts";
import { verifyCheckpoint } from "../../../../../ts/track/checkpoints/verify.ts";
import { facts, failureOf, parts, runsFolders, scratchFolder, writeFiles } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const fresh = runsFolders(scratch.path);
const place = { ordinal: 1, stage: "shared", step: 3, attempt: 1 };

/** A `checkpoints/` folder with a worker's files in a folder of their own. */
function written(names: readonly string[] = ["model.safetensors", "spec.json"]) {
  const folder = fresh();
  const dir = join(folder, ".tmp-1");
  mkdirSync(dir, { recursive: true });
  return { folder, dir, content: { files: writeFiles(dir, names, 300), parts, facts, final: false } };
}
const allow = async (): Promise<void> => undefined;

describe("committing a checkpoint", () => {
  it("gives it its name, its manifest and its COMMIT, and nothing of the folder before", async () => {
    const { folder, dir, content } = written();
    const { ref, manifest } = await commitCheckpoint(dir, place, content, {
      folder,
      runId: "run-1",
      guard: allow,
    });
    expect(readdirSync(folder)).toEqual(["000001-shared-00000003"]);
    expect(await verifyCheckpoint(ref.dir)).toEqual(manifest);
    expect(manifest).toMatchObject({
      ...place,
      runId: "run-1",
      files: content.files,
      parts,
      facts,
      final: false,
    });
    expect(readFileSync(join(ref.dir, "COMMIT"), "utf8")).toMatch(/^tomoe-commit\/1 sha256:[0-9a-f]{64}\n$/);
  });

  it.each([
    ["weights.pt", "CHECKPOINT_PICKLE", "runs code when it is loaded"],
    ["weights.BIN", "CHECKPOINT_PICKLE", "runs code when it is loaded"],
    ["weights.npz", "CHECKPOINT_INVALID", ".safetensors and .json files alone"],
    ["manifest.json", "CHECKPOINT_INVALID", "kept for the manifest"],
  ])("refuses a worker's %s as %s", async (name, code, message) => {
    const { folder, dir, content } = written([name]);
    const refused = await failureOf(
      commitCheckpoint(dir, place, content, { folder, runId: "run-1", guard: allow }),
    );
    expect([refused.code, refused.exitCode]).toEqual([code, 65]);
    expect(refused.message).toContain(message);
    expect(existsSync(join(folder, "000001-shared-00000003"))).toBe(false);
  });

  it("refuses bytes that are not those the worker named, and files it did not name", async () => {
    const { folder, dir, content } = written();
    writeFileSync(join(dir, "spec.json"), "other");
    const options = { folder, runId: "run-1", guard: allow };
    expect((await failureOf(commitCheckpoint(dir, place, content, options))).message).toContain(
      "spec.json: it has 5 bytes",
    );
    writeFileSync(join(dir, "more.json"), "{}");
    expect((await failureOf(commitCheckpoint(dir, place, content, options))).message).toContain(
      "more.json: ",
    );
  });

  it("asks once more whether this attempt may write, before anything is visible", async () => {
    const { folder, dir, content } = written();
    let asked = 0;
    const guard = async (attempt: number): Promise<void> => {
      asked += 1;
      if (asked > 1) throw new TomoeError("WORKER_FENCED", `attempt ${attempt}`, { hint: "Nothing to do." });
    };
    const refused = await failureOf(commitCheckpoint(dir, place, content, { folder, runId: "run-1", guard }));
    expect([refused.code, asked, readdirSync(folder)]).toEqual(["WORKER_FENCED", 2, [".tmp-1"]]);
  });

  it("refuses a place that is taken and leaves what is there", async () => {
    const { folder, dir, content } = written();
    mkdirSync(join(folder, "000001-shared-00000003"));
    writeFileSync(join(folder, "000001-shared-00000003", "mine"), "");
    const refused = await failureOf(
      commitCheckpoint(dir, place, content, { folder, runId: "run-1", guard: allow }),
    );
    expect([refused.code, refused.details.errno]).toEqual(["OUTPUT_CREATE", "ENOTEMPTY"]);
    expect(readdirSync(join(folder, "000001-shared-00000003"))).toEqual(["mine"]);
  });
});

describe("the folder of a checkpoint", () => {
  it("is moved and removed with all that is in it", async () => {
    const { folder, dir } = written();
    await moveFolder(dir, join(folder, "moved"));
    expect(readdirSync(join(folder, "moved")).sort()).toEqual(["model.safetensors", "spec.json"]);
    await removeFolder(join(folder, "moved"));
    await removeFolder(join(folder, "moved"));
    expect(readdirSync(folder)).toEqual([]);
    expect((await failureOf(moveFolder(dir, folder))).details.errno).toBe("ENOENT");
  });
});
