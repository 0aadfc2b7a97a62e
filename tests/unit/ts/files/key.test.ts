import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keyedId, projectKey } from "../../../../ts/files/key.ts";
import { caught } from "../../../support/caught.ts";
import { repository } from "../../../support/cli.ts";
import { noPlainRights, plainRights } from "../../../support/plain-rights.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const root = temporaryFolder();
const project = (name: string): string => {
  const folder = join(root, name);
  mkdirSync(folder);
  return folder;
};

const why = noPlainRights();
if (why !== undefined) console.warn(`skipped: ${why}`);
const withRights = why === undefined ? it : it.skip;

describe("the project's key", () => {
  it("is made once, of 32 bytes, for its owner alone, and git sees nothing of it", () => {
    const folder = project("new");
    const key = projectKey(folder);
    expect(key).toHaveLength(32);
    expect(projectKey(folder)).toEqual(key);
    expect(statSync(join(folder, ".tomoe")).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, ".tomoe", "key")).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, ".tomoe", ".gitignore"), "utf8")).toBe("*\n");
    expect(readdirSync(join(folder, ".tomoe")).toSorted()).toEqual([".gitignore", "key"]);
  });

  it("is another one in another project", () => {
    expect(projectKey(project("a")).equals(projectKey(project("b")))).toBe(false);
  });

  it("is refused when it is damaged, with what removing it means", async () => {
    const folder = project("damaged");
    mkdirSync(join(folder, ".tomoe"));
    for (const text of ["", "00\n", `${"g".repeat(64)}\n`, "a".repeat(64)]) {
      writeFileSync(join(folder, ".tomoe", "key"), text);
      const error = await caught(() => projectKey(folder));
      expect(error.code).toBe("RECORD_INVALID");
      expect(error.hint).toContain("ids told before are no longer known");
      expect(error.message).toContain("64 hex digits");
    }
  });

  withRights("is the user's own where the project cannot be written", () => {
    const folder = project("closed");
    chmodSync(folder, 0o500);
    const module = join(repository, "ts/files/key.ts");
    const script = `import { projectKey } from ${JSON.stringify(module)}; console.log(projectKey().toString("hex"));`;
    const [command = process.execPath, ...words] = [...plainRights, process.execPath];
    const told = [1, 2].map(() =>
      spawnSync(
        command,
        [...words, "--disable-warning=ExperimentalWarning", "--input-type=module", "-e", script],
        {
          cwd: folder,
          env: { ...process.env, XDG_CACHE_HOME: join(root, "cache") },
          encoding: "utf8",
        },
      ).stdout.trim(),
    );
    expect(told[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(told[1]).toBe(told[0]);
    expect(readdirSync(join(root, "cache", "tomoe"))).toContain("key");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("fails as a write does where something else is in the way", async () => {
    const folder = project("blocked");
    writeFileSync(join(folder, ".tomoe"), "a file");
    expect((await caught(() => projectKey(folder))).code).toBe("OUTPUT_CREATE");
  });
});

describe("an id under the key", () => {
  it("is the HMAC of kind and text, so that nobody without the key can find the text by trying", () => {
    const key = projectKey();
    expect(keyedId("series", "1.2.3")).toBe(
      createHmac("sha256", key)
        .update("series\0" + "1.2.3")
        .digest("hex"),
    );
    expect(keyedId("series", "1.2.3")).toBe(keyedId("series", "1.2.3"));
    expect(keyedId("series", "1.2.3")).not.toBe(keyedId("patient", "1.2.3"));
  });
});
