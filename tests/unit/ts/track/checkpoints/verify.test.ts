import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import {
  checkpointInvalid,
  checkpointName,
  commitText,
  readCommittedManifest,
  sha256Hex,
  verifyCheckpoint,
  verifyFile,
  verifyListing,
} from "../../../../../ts/track/checkpoints/verify.ts";
import type { OwnedRun } from "../../../../../ts/track/index.ts";
import { commitOne, failureOf, makeRun, runsFolders, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const fresh = runsFolders(scratch.path);

let run: OwnedRun;
let dir: string;
beforeEach(async () => {
  run = await makeRun(fresh());
  ({ dir } = (await commitOne(run, 5)).ref);
});
afterEach(() => run.close());

describe("a committed checkpoint", () => {
  it("verifies, and gives its manifest", async () => {
    const manifest = await verifyCheckpoint(dir);
    expect(manifest).toEqual(await readCommittedManifest(dir));
    expect([manifest.stage, manifest.step, manifest.files.length]).toEqual(["shared", 5, 3]);
  });

  it.each<[string, (path: string) => void, RegExp]>([
    [
      "has a file too many",
      (at) => writeFileSync(join(at, "extra.json"), "{}"),
      /extra\.json: .* not listed/,
    ],
    [
      "lacks a file",
      (at) => unlinkSync(join(at, "tokenizer.json")),
      /tokenizer\.json: the file is missing \(1000 bytes/,
    ],
    [
      "has a longer file",
      (at) => appendFileSync(join(at, "tokenizer.json"), "x"),
      /it has 1001 bytes, not 1000/,
    ],
    [
      "lacks its manifest",
      (at) => unlinkSync(join(at, "manifest.json")),
      /manifest\.json: the file is missing/,
    ],
    ["lacks its COMMIT", (at) => unlinkSync(join(at, "COMMIT")), /COMMIT: the file is missing/],
    [
      "has a COMMIT of another",
      (at) => writeFileSync(join(at, "COMMIT"), commitText("0".repeat(64))),
      /do not belong together/,
    ],
    [
      "has a link in the place of a file",
      (at) => {
        renameSync(join(at, "tokenizer.json"), join(at, "..", "tokenizer.json"));
        symlinkSync("../tokenizer.json", join(at, "tokenizer.json"));
      },
      /it is not a plain file/,
    ],
  ])("is damaged when it %s", async (_, damage, message) => {
    damage(dir);
    const refused = await failureOf(verifyCheckpoint(dir));
    expect([refused.code, refused.exitCode, refused.details.path]).toEqual(["CHECKPOINT_INVALID", 65, dir]);
    expect(refused.message).toMatch(message);
  });

  it("whose manifest is vouched for but is none is damaged too", async () => {
    for (const [text, what] of [
      ["{", "it is not JSON"],
      ['{"format":"tomoe.checkpoint/9"}', "format: "],
    ] as const) {
      writeFileSync(join(dir, "manifest.json"), text);
      writeFileSync(join(dir, "COMMIT"), commitText(sha256Hex(Buffer.from(text))));
      const refused = await failureOf(readCommittedManifest(dir));
      expect([refused.code, refused.details.file]).toEqual(["CHECKPOINT_INVALID", "manifest.json"]);
      expect(refused.message).toContain(what);
    }
  });

  it("is not read to its end once the signal is aborted", async () => {
    const refused = await failureOf(verifyCheckpoint(dir, AbortSignal.abort()));
    expect([refused.code, refused.hint]).toEqual(["CANCELLED", "Run the command again."]);
  });
});

describe("the parts of the check", () => {
  it("compare one file by length and digest", async () => {
    const bytes = Buffer.from("weights");
    const path = join(dir, "w.json");
    writeFileSync(path, bytes);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    await verifyFile(dir, { name: "w.json", lengthBytes: 7, sha256 });
    const refused = await failureOf(
      verifyFile(dir, { name: "w.json", lengthBytes: 7, sha256: "0".repeat(64) }),
    );
    expect(refused.details).toMatchObject({ expected: "0".repeat(64), found: sha256 });
  });

  it("refuse a folder that holds anything else, and say what cannot be listed", async () => {
    mkdirSync(join(dir, "sub"));
    await verifyListing(dir, [
      "COMMIT",
      "manifest.json",
      "model.safetensors",
      "optimizer.safetensors",
      "tokenizer.json",
      "sub",
    ]);
    expect((await failureOf(verifyListing(dir, ["COMMIT"]))).code).toBe("CHECKPOINT_INVALID");
    const gone = await failureOf(verifyListing(join(dir, "none"), []));
    expect([gone.code, gone.exitCode]).toEqual(["PATH_NOT_FOUND", 64]);
  });

  it("name a checkpoint so that names sort as the ordinals do", () => {
    const place = fc.record({
      ordinal: fc.nat(999_999),
      stage: fc.constantFrom("shared", "lift-2d"),
      step: fc.nat(1e8),
    });
    fc.assert(
      fc.property(place, place, (one, other) => {
        fc.pre(one.ordinal !== other.ordinal);
        expect(checkpointName(one) < checkpointName(other)).toBe(one.ordinal < other.ordinal);
      }),
      { seed: 20261128 },
    );
    expect(checkpointName({ ordinal: 3, stage: "shared", step: 50 })).toBe("000003-shared-00000050");
  });

  it("name the damaged file with what to do", () => {
    const error = checkpointInvalid("/runs/x/checkpoints/1", "a.json", "it is cut", { found: 3 });
    expect([error.code, error.message, error.details]).toEqual([
      "CHECKPOINT_INVALID",
      "[CHECKPOINT_INVALID] /runs/x/checkpoints/1/a.json: it is cut",
      { path: "/runs/x/checkpoints/1", file: "a.json", found: 3 },
    ]);
    expect(error.hint).toMatch(/restore the folder from a copy\.$/);
  });
});
