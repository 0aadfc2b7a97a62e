import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readNamed } from "../../../../ts/cli/predictions.ts";
import { Flags } from "../../../../ts/cli/words/command.ts";
import { caught } from "../../../support/caught.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const folder = temporaryFolder();
const row = '{"id":"1","case":"c","task":"open-vqa","target":"t","prediction":"p"}\n';
const call = (signal = new AbortController().signal) => ({
  flags: new Flags([{ name: "runs", value: join(folder, "runs") }]),
  signal,
});

describe("what a word of the command line names", () => {
  it("is a file, with the digest of its bytes", async () => {
    const path = join(folder, "a.jsonl");
    writeFileSync(path, row);
    const read = await readNamed(path, call());
    expect(read).toMatchObject({ source: path, rows: [{ id: "1" }], warnings: [] });
    expect(read.digest).toMatch(/^[0-9a-f]{64}$/);
    expect((await readNamed(path, call())).digest).toBe(read.digest);
  });

  it("is the folder of a run", async () => {
    const run = join(folder, "somewhere");
    mkdirSync(run);
    writeFileSync(join(run, "predictions.jsonl"), row);
    writeFileSync(join(run, "resolved.json"), "{}");
    expect((await readNamed(run, call())).source).toBe(join(run, "predictions.jsonl"));
  });

  it.each([
    ["a run that there is not", "latest", "RUN_NOT_FOUND"],
    ["a path that there is not", "absent/x.jsonl", "PATH_NOT_FOUND"],
    ["a file that there is not", "absent.jsonl", "PATH_NOT_FOUND"],
  ])("is refused: %s", async (_what, name, code) => {
    expect(await caught(() => readNamed(name, call()))).toMatchObject({ code });
  });

  it("is left as soon as the signal comes", async () => {
    const path = join(folder, "b.jsonl");
    writeFileSync(path, row.repeat(2));
    await expect(readNamed(path, call(AbortSignal.abort(new Error("enough"))))).rejects.toThrow("enough");
  });

  it("is named in its problems where a command reads several", async () => {
    const path = join(folder, "c.jsonl");
    writeFileSync(path, "{}");
    expect(await caught(() => readNamed(path, call(), { file: "second" }))).toMatchObject({
      message: expect.stringContaining("second, line 1: "),
    });
  });
});
