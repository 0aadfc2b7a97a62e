import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { defaultSpaceWait, SpaceWaiter } from "../../../../../ts/files/index.ts";
import { certifyData } from "../../../../../ts/run/data/certify.ts";
import { provenanceOf } from "../../../../../ts/run/evaluate/beside.ts";
import { certifiedScans } from "../../../../../ts/run/prepare/certified.ts";
import type { Corpus } from "../../../../../ts/run/prepare/material.ts";
import { prepareCorpus } from "../../../../../ts/run/prepare/prepare.ts";
import { sourceOf } from "../../../../../ts/run/prepare/sources.ts";
import { caught } from "../../../../support/caught.ts";
import { m3dVqaExample } from "../../../../support/layouts/m3d.ts";
import { cleanFolder } from "../../../../support/own-folder.ts";
import { freshFolder, resolvedWith } from "../fixtures.ts";

const { signal } = new AbortController();
const nothing = (): void => undefined;

async function certified(path: string, more: object = {}): Promise<string> {
  const certificate = join(freshFolder(), "certificate.json");
  const rest = { open: {}, out: freshFolder(), signal, onProgress: nothing, notice: nothing };
  await certifyData({ path, certificate, ...rest, ...more });
  return certificate;
}

function resolved(path: string, more: object = {}) {
  const data = {
    kind: "layout",
    layout: "table",
    path,
    sizeDHW: [16, 24, 24],
    windowHu: { low: -1000, high: 1000 },
  };
  // What every one of these data sets asks in its test.
  const tasks = 'tasks={"closed-vqa":{"metrics":["accuracy"]}}';
  return resolvedWith(`data=${JSON.stringify({ ...data, ...more })}`, tasks, "model.base.pretrain=[]");
}

async function prepared(path: string, more: object = {}): Promise<Corpus> {
  const space = new SpaceWaiter(defaultSpaceWait, nothing);
  return await prepareCorpus({
    resolved: resolved(path, more),
    workDir: freshFolder(),
    signal,
    onProgress: nothing,
    space,
  });
}

const edited = (path: string, from: string, to: string): void =>
  writeFileSync(path, readFileSync(path, "utf8").replace(from, to));

describe("a run on a certified data set", () => {
  it("finds its rows and scans, and says the certificate's digest in every number", async () => {
    const folder = await cleanFolder(join(freshFolder(), "own"));
    const certificate = await certified(folder);
    const { digest } = JSON.parse(readFileSync(certificate, "utf8")) as { readonly digest: string };
    const corpus = await prepared(folder, { certificate });
    expect(corpus.certificate).toBe(`certificate:${digest.slice(0, 16)}`);
    expect(provenanceOf(corpus)).toEqual([corpus.certificate]);
    const leak = { signature: "split:leaky(1 of 2 cases; why not)", message: "" };
    expect(provenanceOf({ leak, certificate: corpus.certificate ?? null })).toEqual([
      corpus.certificate,
      leak.signature,
    ]);
    expect(provenanceOf({ leak: null, certificate: null })).toBeUndefined();
  });

  it("is refused before a scan is read where a word is another one, also by a dry run", async () => {
    const folder = await cleanFolder(join(freshFolder(), "own"));
    const certificate = await certified(folder);
    edited(join(folder, "rows.csv"), "Report 3.", "Report three.");
    const { config } = resolved(folder, { certificate });
    const error = await caught(() => sourceOf(config.data).count(config));
    expect([error.code, error.exitCode]).toEqual(["DATA_MANIFEST", 65]);
    expect(error.message).toContain(`is not the one of ${certificate}: test says or asks something else`);
    expect(error.hint).toContain("tomoe data certify");
  });

  it("is refused where a split or what is left out is another one", async () => {
    const folder = await cleanFolder(join(freshFolder(), "own"));
    const certificate = await certified(folder);
    const splits = join(freshFolder(), "splits.csv");
    writeFileSync(splits, "case,split\nc0,test\nc1,train\nc2,train\nc3,train\n");
    const { config } = resolved(folder, { certificate, splits });
    const moved = await caught(() => sourceOf(config.data).count(config));
    expect(moved.details.differences).toEqual([
      "train has 3 patients, certified: 2",
      "train has 3 cases, certified: 2",
      "train has 6 items, certified: 4",
      "test has 1 patients, certified: 2",
      "test has 1 cases, certified: 2",
      "test has 2 items, certified: 4",
    ]);
    const with_ = await certified(folder, { splits });
    const counted = resolved(folder, { certificate: with_, splits }).config;
    expect(await sourceOf(counted.data).count(counted)).toEqual({ train: 3, evaluate: 1 });
  });

  it("is refused once a scan is read whose bytes are others", async () => {
    const folder = await cleanFolder(join(freshFolder(), "own"));
    const certificate = await certified(folder);
    const scan = join(folder, "scans/4.nii.gz");
    const bytes = gunzipSync(readFileSync(scan));
    bytes.writeInt16LE(bytes.readInt16LE(bytes.length - 2) + 1, bytes.length - 2);
    writeFileSync(scan, gzipSync(bytes));
    const error = await caught(() => prepared(folder, { certificate }));
    expect(error.code).toBe("DATA_MANIFEST");
    expect(error.details.differences).toEqual(["test has scans of other bytes"]);
  });

  it("finds a case in both of its splits, where the official split leaks", async () => {
    const { path } = await m3dVqaExample(freshFolder());
    const certificate = await certified(path, { layout: "m3d-vqa" });
    const corpus = await prepared(path, { layout: "m3d-vqa", certificate, allowLeak: "the official split" });
    expect(corpus.certificate).toMatch(/^certificate:[0-9a-f]{16}$/);
  });

  it("says nothing of one where none is named", async () => {
    expect(certifiedScans(null, ["train"], new Map())).toBeNull();
    expect(certifiedScans(undefined, ["train"], new Map())).toBeNull();
  });
});
