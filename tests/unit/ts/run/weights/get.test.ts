import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { getWeights, listWeights, weightsDir } from "../../../../../ts/run/weights/get.ts";
import { weightsList } from "../../../../../ts/run/weights/list.ts";
import { caught } from "../../../../support/caught.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const [entry] = weightsList;
const name = entry?.name ?? "";
const signal = new AbortController().signal;
const scratch = temporaryFolder();
const newFolder = (): string => mkdtempSync(join(scratch, "x-"));

function world() {
  const cache = newFolder();
  const env = { ...process.env, XDG_CACHE_HOME: cache };
  const said: string[] = [];
  return { env, said, options: { name, env, signal, say: (line: string) => void said.push(line) } };
}

describe("getting weights", () => {
  it("refuses a name that is not in the list with the nearest one", async () => {
    const { options } = world();
    const error = await caught(() => getWeights({ ...options, name: `${name}x` }));
    expect([error.code, error.exitCode]).toEqual(["USAGE_INVALID", 64]);
    expect(error.what).toContain(`did you mean "${name}"?`);
  });

  it("says package and licence before it looks, and leaves nothing when it fails", async () => {
    const { env, said, options } = world();
    const from = newFolder();
    const error = await caught(() => getWeights({ ...options, from }));
    expect(error.code).toBe("WEIGHTS_UNAVAILABLE");
    expect(said[0]).toContain("licence: ");
    expect(readdirSync(dirname(weightsDir(name, env)))).toEqual([]);
    expect(listWeights(env)[0]?.dir).toBeNull();
  });

  it("takes a folder that is finished as it is, and makes nothing anew", async () => {
    const { env, said, options } = world();
    const dir = weightsDir(name, env);
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "tomoe-built.json"), '{"tensors":494,"parameters":156571200}');
    await expect(getWeights(options)).resolves.toMatchObject({ ok: true, name, dir, tensors: 494 });
    expect(said).toEqual([]);
    expect(listWeights(env)[0]?.dir).toBe(dir);
  });

  it("refuses a finished folder whose mark was damaged, and says how to get it again", async () => {
    const { env, options } = world();
    const dir = weightsDir(name, env);
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "tomoe-built.json"), '{"tensors":0}');
    const error = await caught(() => getWeights(options));
    expect([error.code, error.exitCode]).toEqual(["CHECKPOINT_INVALID", 65]);
    expect(error.hint).toContain(`Remove ${dir}`);
  });
});
