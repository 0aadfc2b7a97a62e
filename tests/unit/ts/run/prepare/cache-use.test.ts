import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  beginUse,
  isUsedBy,
  knownUses,
  projectId,
  type UseWish,
  useId,
  useOf,
} from "../../../../../ts/run/prepare/cache-use.ts";
import { acquireLock } from "../../../../../ts/track/index.ts";
import { caught } from "../../../../support/caught.ts";
import { repository } from "../../../../support/cli.ts";
import { withCache } from "../../../../support/with-cache.ts";
import { noSpace } from "../eval/parts.ts";
import { freshFolder } from "../fixtures.ts";

const nothing = (): void => undefined;
const wish = (folder: string, change: Partial<UseWish> = {}): UseWish => ({
  folder,
  kind: "run",
  of: "/runs/of/jane-doe",
  space: noSpace,
  signal: new AbortController().signal,
  notice: nothing,
  ...change,
});
const key = (digit: string): string => digit.repeat(64);

describe("a use of a cache", () => {
  it("names the rows it needs, also once nobody works on them, and no path", async () => {
    const folder = freshFolder();
    const use = await beginUse(wish(folder));
    const [opening] = await knownUses(folder);
    expect(opening).toMatchObject({
      kind: "run",
      state: "opening",
      keys: [],
      of: useId("run", "/runs/of/jane-doe"),
    });
    expect(opening?.owner).toContain(String(process.pid));
    await use.note([key("a"), key("b")]);
    await use.note([key("b"), key("c")]);
    expect(await knownUses(folder)).toMatchObject([
      { state: "open", keys: [key("a"), key("b"), key("c")], project: projectId() },
    ]);
    // The same run asks for its own; others are none of it.
    expect(await isUsedBy(folder, "run", "/runs/of/jane-doe")).toBe(true);
    expect(await isUsedBy(folder, "eval", "/runs/of/jane-doe")).toBe(false);
    expect(await isUsedBy(folder, "run", "/runs/of/another")).toBe(false);
    expect(await isUsedBy(join(folder, "no-cache"), "run", "/runs/of/jane-doe")).toBe(false);
    await use.release();
    const [known] = await knownUses(folder);
    expect([known?.owner, known?.keys.length]).toEqual([undefined, 3]);
    const text = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => /json|txt/.test(name))
      .map((name) => readFileSync(join(folder, name), "utf8"));
    expect(text.join()).not.toContain("doe");
  });

  it("is the same for the same run, by one process at a time", async () => {
    const folder = freshFolder();
    const use = await beginUse(wish(folder));
    const second = await caught(() => beginUse(wish(folder)));
    expect([second.code, second.details.pid]).toEqual(["LOCKED", process.pid]);
    const other = await beginUse(wish(folder, { kind: "eval" }));
    await other.release();
    await use.release();
    await (await beginUse(wish(folder))).release();
    expect(await knownUses(folder)).toHaveLength(2);
  });

  it("waits while rows are removed, says so once, and stops waiting when it is told to", async () => {
    const folder = freshFolder();
    const lock = await acquireLock(folder, nothing);
    const notices: string[] = [];
    const controller = new AbortController();
    const waiting = beginUse(wish(folder, { notice: (line) => notices.push(line) }));
    const stopped = caught(() => beginUse(wish(folder, { kind: "build", signal: controller.signal })));
    await sleep(300);
    controller.abort();
    expect((await stopped).code).toBe("CANCELLED");
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(/^waiting for .*, which removes rows of the cache$/);
    await lock.release();
    await (await waiting).release();
  });

  it("is nobody's where its note is damaged, unless somebody works on it", async () => {
    const folder = freshFolder();
    const dir = join(folder, "uses", "0123");
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "use.json"), "{");
    expect(await knownUses(folder)).toEqual([]);
    const lock = await acquireLock(dir, nothing);
    expect(await knownUses(folder)).toMatchObject([{ state: "opening", keys: [] }]);
    await lock.release();
    expect(await knownUses(join(folder, "gone"))).toEqual([]);
  });
});

describe("the cache that somebody chose", () => {
  it("is none for what is made for its run alone, and where it is off", async () => {
    const { folder, ...of } = wish(freshFolder());
    expect(await useOf({ ...of, cache: folder, keepsRows: false })).toBeNull();
    expect(await useOf({ ...of, cache: null, keepsRows: true })).toBeNull();
    expect(await useOf({ ...of, cache: undefined, keepsRows: true })).toBeNull();
    expect(await knownUses(folder)).toEqual([]);
    const use = await useOf({ ...of, cache: folder, keepsRows: true });
    expect(use?.rowsDir).toBe(join(folder, "rows"));
    await use?.release();
  });
});

describe("a project that cannot be written", () => {
  const before = process.cwd();
  afterEach(() => process.chdir(before));

  it("has no cache, which is told; one that somebody asked for there is an error", async () => {
    const project = freshFolder();
    writeFileSync(join(project, ".tomoe"), "a file in the way");
    process.chdir(project);
    const { folder: _folder, ...of } = wish("");
    const notices: string[] = [];
    const usual = { ...of, keepsRows: true, notice: (line: string) => notices.push(line) };
    expect(await withCache("", () => useOf({ ...usual, cache: undefined }))).toBeNull();
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(
      /^no cache can be kept in this folder \(.*\): volumes are prepared for this run alone$/,
    );
    const asked = await caught(() => useOf({ ...usual, cache: join(project, ".tomoe", "rows") }));
    expect(asked.code).toBe("OUTPUT_CREATE");
    const named = join(project, ".tomoe", "elsewhere");
    expect((await caught(() => withCache(named, () => useOf({ ...usual, cache: undefined })))).code).toBe(
      "OUTPUT_CREATE",
    );
    expect(notices).toHaveLength(1);
  });
});

describe("processes that use one cache", () => {
  const script = (folder: string, of: string): string => `
    import { beginUse } from "./ts/run/prepare/cache-use.ts";
    import { SpaceWaiter, defaultSpaceWait } from "./ts/files/index.ts";
    const space = new SpaceWaiter(defaultSpaceWait, () => undefined);
    const { signal } = new AbortController();
    const use = await beginUse({ folder: ${JSON.stringify(folder)}, kind: "run", of: ${JSON.stringify(of)}, space, signal, notice: () => undefined });
    await use.note(["${key("d")}"]);
    process.stdout.write("open\\n");
    await new Promise(() => setInterval(() => undefined, 1000));`;

  it("are seen at work while they live, and what they need stays known when they are killed", async () => {
    const folder = freshFolder();
    const child = spawn(process.execPath, ["--input-type=module", "-e", script(folder, "/runs/killed")], {
      cwd: repository,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    const [working] = await knownUses(folder);
    expect(working?.owner).toContain(String(child.pid));
    expect((await caught(() => beginUse(wish(folder, { of: "/runs/killed" })))).details.pid).toBe(child.pid);
    child.kill("SIGKILL");
    await ended;
    const [left] = await knownUses(folder);
    // Its key is the project's, as this process has it: the child worked in the same folder.
    expect([left?.owner, left?.keys, left?.project]).toEqual([undefined, [key("d")], projectId()]);
    // Who goes on with that run takes it over.
    const again = await beginUse(wish(folder, { of: "/runs/killed" }));
    await again.note([key("e")]);
    await again.release();
    expect(await knownUses(folder)).toMatchObject([{ keys: [key("e")], state: "open" }]);
  });
});
