// What identifies a patient stays in the readers: canaries in every such field, and a search in all that Tomoe says.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { commands } from "../../ts/cli/commands/index.ts";
import { asTomoeError, documentText, failureText, tellFailure } from "../../ts/cli/screen/output.ts";
import { openTerminal } from "../../ts/cli/terminal.ts";
import { carryOut, understand } from "../../ts/cli/words/dispatch.ts";
import { openDataset } from "../../ts/data/dataset/index.ts";
import { openRows, openShard } from "../../ts/data/index.ts";
import { Canaries } from "../support/canary.ts";
import {
  type CanaryScan,
  dicomScans,
  metaImageScans,
  niftiScans,
  npyScans,
  nrrdScans,
} from "../support/canary-files.ts";
import { caught } from "../support/caught.ts";
import { writeDataset } from "../support/dataset-folder.ts";
import { age, filesIn } from "../support/indexed.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { textStream } from "../unit/ts/cli/program.ts";

const root = temporaryFolder();
const folderOf = (format: string): string => format.replaceAll(" ", "-");

/** A reader joins by its row: scans of its format with canaries in every field that can hold one. */
const formats: Readonly<Record<string, (canaries: Canaries) => readonly CanaryScan[]>> = {
  DICOM: dicomScans,
  NIfTI: niftiScans,
  MetaImage: metaImageScans,
  "NRRD and npy": (canaries) => [...nrrdScans(canaries), ...npyScans(canaries)],
};

/** Writes a scan below a folder without canaries in its name, and gives what a user would give. */
function written(scan: CanaryScan, name: string): string {
  for (const [file, bytes] of scan.files) {
    const path = join(root, name, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  return scan.isFolder ? join(root, name) : join(root, name, scan.files[0]?.[0] ?? "");
}

interface Told {
  readonly code: string;
  /** stdout with and without --json, and stderr with every trace, without the path that the user gave. */
  readonly said: string;
}

/** What the program prints for these words, in this process; with `TOMOE_DEBUG`, so that causes are told too. */
async function told(words: readonly string[], given: string): Promise<Told> {
  const stream = textStream();
  const terminal = openTerminal(stream, {});
  const without = (text: string): string => text.replaceAll(given, "");
  try {
    const signal = new AbortController().signal;
    const { document, text } = await carryOut(understand(words, commands), { signal, terminal });
    return { code: "ok", said: without(`${documentText(document)}\n${text}\n${stream.written()}`) };
  } catch (thrown) {
    const error = asTomoeError(thrown);
    tellFailure(terminal, error, true);
    return { code: error.code, said: without(`${failureText(error)}\n${stream.written()}`) };
  }
}

/** Every file below a folder, its name and its bytes. */
function bytesBelow(folder: string): Buffer {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Buffer.concat(
    files.flatMap((file) => [Buffer.from(`${file.name}\n`), readFileSync(join(file.parentPath, file.name))]),
  );
}

describe("a canary", () => {
  it("is found in every form in which it could leave", () => {
    const canaries = new Canaries();
    const word = canaries.word("PatientName");
    const turned = [...word].toReversed().join("");
    const wide = Buffer.from(word, "utf16le");
    const forms: readonly (readonly [string, Uint8Array | string])[] = [
      ["text", `x${word}x`],
      ["text", word.toLowerCase()],
      ["text from behind", turned],
      ["UTF-16LE", wide],
      ["UTF-16BE", Buffer.from(wide).swap16()],
      ["hex", Buffer.from(word).toString("hex").toUpperCase()],
      ["base64 at offset 0", Buffer.from(word).toString("base64")],
      ["base64 at offset 1", Buffer.from(`a${word}b`).toString("base64")],
      ["base64 at offset 2", Buffer.from(`ab${word}`).toString("base64url")],
      ["base64 of UTF-16LE at offset 0", wide.toString("base64")],
    ];
    for (const [form, bytes] of forms)
      expect(canaries.hits(Buffer.from(bytes as string), "here")[0]).toBe(
        `PatientName (${word}) as ${form} in here`,
      );
    expect(canaries.hits(Buffer.from("QZ and other words"), "here")).toEqual([]);
  });
});

describe.each(Object.entries(formats))("of %s", (format, scansOf) => {
  const canaries = new Canaries();
  const scans = scansOf(canaries);
  const codes = new Map<string, string>();

  it("no canary of any scan, good or refused, is printed or written by inspect and preprocess", async () => {
    const hits: string[] = [];
    for (const [index, scan] of scans.entries()) {
      const path = written(scan, `${folderOf(format)}-${index}`);
      const out = join(root, `${folderOf(format)}-out-${index}`);
      mkdirSync(out);
      const calls = [
        ["inspect", path, "--picture", join(out, "x.svg")],
        ["preprocess", path, "--preset", "hu", "--out", join(out, "x.npy")],
        ["preprocess", path, "--preset", "ct-hu", "--size", "4,8,8", "--out", join(out, "y.npy")],
        ["inspect", path, "--series", "0000000000000000"],
      ];
      for (const words of calls) {
        const { code, said } = await told(words, path);
        codes.set(scan.kind, codes.get(scan.kind) ?? code);
        hits.push(...canaries.hits(Buffer.from(said), `what ${words[0]} says of ${scan.kind}`));
      }
      hits.push(...canaries.hits(bytesBelow(out), `what is written of ${scan.kind}`));
    }
    expect(hits).toEqual([]);
  });

  it("the scans were read or refused for many reasons, so that the search had something to search", () => {
    const found = [...codes.values()];
    expect(found.filter((code) => code === "ok").length).toBeGreaterThanOrEqual(2);
    expect(new Set(found).size).toBeGreaterThanOrEqual(4);
    expect(found).not.toContain("INTERNAL");
    expect(found).not.toContain("PATH_NOT_FOUND");
  });

  it("no canary of a data set's scans, paths and patients is in the cache that they are prepared into", async () => {
    const good = scans.filter(({ kind }) => codes.get(kind) === "ok");
    const folder = join(root, `${folderOf(format)}-set`);
    mkdirSync(folder);
    const cases = good.map((scan, index) => ({
      case: canaries.word(`case ${index}`),
      subject: canaries.word(`subject ${index}`),
      path: written(scan, `${folderOf(format)}-set/${canaries.word(`folder of case ${index}`)}`).slice(
        folder.length + 1,
      ),
      split: "train",
    }));
    writeDataset(folder, { cases, items: [] }, { facts: {} });
    age(folder);
    const index = join(root, `${folderOf(format)}-tables`);
    const dataset = await openDataset(folder, { index: { folder: index, notice: () => undefined } });
    expect(filesIn(index)).toHaveLength(1);
    expect(canaries.hits(bytesBelow(index), "the index of its rows")).toEqual([]);
    const cache = join(root, `${folderOf(format)}-cache`);
    const request = {
      folder: cache,
      config: { sizeDHW: [4, 8, 8], windowHu: { low: -1000, high: 1000 }, stack: "acquired" },
      preprocessDigest: "digest",
    } as const;
    const shard = await openShard({
      ...request,
      cases: dataset.cases.map(({ row }) => ({ path: join(folder, row.path) })),
    });
    expect(shard.rows).toBe(good.length);
    expect(canaries.hits(bytesBelow(cache), "the cache")).toEqual([]);
    const project = join(root, `${folderOf(format)}-project`);
    const { rows } = await openRows({
      ...request,
      cache: project,
      cases: dataset.cases.map(({ row }) => ({ id: row.case, path: join(folder, row.path) })),
    });
    expect(rows.filter((row) => row !== undefined)).toHaveLength(good.length);
    expect(canaries.hits(bytesBelow(project), "the project's cache")).toEqual([]);
    const bad = scans.find(({ kind }) => codes.get(kind) === "DATA_NOT_HU");
    if (bad === undefined) throw new Error("no scan was refused as not HU");
    const path = written(bad, `${folderOf(format)}-bad`);
    const error = await caught(() => openShard({ ...request, cases: [{ path }] }));
    expect(canaries.hits(Buffer.from(failureText(error).replaceAll(path, "")), "the refusal")).toEqual([]);
    expect(canaries.size).toBeGreaterThan(50);
  });
});
