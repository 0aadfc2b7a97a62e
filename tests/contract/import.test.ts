// `tomoe import` as scripts meet it: the document of both families, and exit codes with what is wrong by name.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { importDocument } from "../../ts/cli/commands/import/document.ts";
import { failureDocument } from "../../ts/cli/words/document-parts.ts";
import { type CliResult, repository, tomoe } from "../support/cli.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const root = temporaryFolder();
const weights = "model.safetensors";
const families = { phi3_v: "phi3_v", "internvl-qwen3": "internvl" } as const;

const headers = z.record(z.string(), z.looseObject({ shape: z.array(z.int()).optional() }));

/** The header of a safetensors file, read by hand. */
function headerOf(folder: string): Record<string, { shape: readonly number[] }> {
  const bytes = readFileSync(join(folder, weights));
  const length = Number(bytes.readBigUInt64LE(0));
  const { __metadata__, ...tensors } = headers.parse(JSON.parse(bytes.toString("utf8", 8, 8 + length)));
  return Object.fromEntries(Object.entries(tensors).map(([name, { shape = [] }]) => [name, { shape }]));
}

/** A file of the same bytes under another header. */
function withHeader(folder: string, change: (header: Record<string, unknown>) => void): void {
  const bytes = readFileSync(join(folder, weights));
  const length = Number(bytes.readBigUInt64LE(0));
  const header = headers.parse(JSON.parse(bytes.toString("utf8", 8, 8 + length)));
  change(header);
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(join(folder, weights), Buffer.concat([size, text, bytes.subarray(8 + length)]));
}

const written = (name: keyof typeof families): string => join(root, name);

/** A copy of the InternVL folder to spoil. */
function spoiled(name: string, change: (folder: string) => void): string {
  const folder = join(root, name);
  cpSync(written("internvl-qwen3"), folder, { recursive: true });
  change(folder);
  return folder;
}

const imported = (path: string): Promise<CliResult> => tomoe(["import", path, "--json"], { cwd: root });

beforeAll(() => {
  const asked = Object.keys(families).flatMap((name) => [name, join(root, name)]);
  execFileSync(
    join(repository, ".venv/bin/python"),
    [join(repository, "tests/support/write_base.py"), ...asked],
    {
      env: {
        ...process.env,
        PYTHONPATH: [join(repository, "py-runtime"), join(repository, "tests/support")].join(":"),
      },
      stdio: "pipe",
    },
  );
});

describe("tomoe import", () => {
  it.each(Object.entries(families))("accounts for every tensor of a %s", async (name, family) => {
    const folder = join(root, name);
    const { code, stdout } = await imported(folder);
    expect(code).toBe(0);
    const document = importDocument.parse(JSON.parse(stdout));
    const held = headerOf(folder);
    const size = Object.values(held).reduce(
      (sum, { shape }) => sum + shape.reduce((product, side) => product * side, 1),
      0,
    );
    expect(document).toMatchObject({ ok: true, family, parameters: size, beside: [] });
    const { total, reused, inactive, ignored, ...rest } = document.tensors;
    expect([total, reused]).toEqual([Object.keys(held).length, total - ignored.length]);
    expect(rest).toEqual({ new: [], missing: [], unexpected: [] });
    expect(inactive.filter((key) => held[key] === undefined)).toEqual([]);
    expect(inactive.length > 0).toBe(family === "phi3_v");
    const parts = Object.values(document.components).reduce((sum, { parameters }) => sum + parameters, 0);
    expect(parts).toBe(size);
  });

  it("tells people the same in a table, and needs no tokenizer", async () => {
    const folder = spoiled("untold", (at) => rmSync(join(at, "tokenizer.json")));
    const { code, stdout } = await tomoe(["import", folder], { cwd: root });
    expect(code).toBe(0);
    expect(stdout).toContain("family   internvl");
    expect(stdout).toMatch(/component +parameters +stored as\nlowerVision +\d+ +F32/);
  });

  it("ends with 65 and the name of what a checkpoint lacks, has too much or has wrong", async () => {
    const norm = "language_model.model.norm.weight";
    const renamed = spoiled("renamed", (at) =>
      withHeader(at, (header) => {
        header["some.other.weight"] = header[norm];
        delete header[norm];
      }),
    );
    const cut = spoiled("cut", (at) =>
      writeFileSync(join(at, weights), readFileSync(join(at, weights)).subarray(0, -100)),
    );
    const pickled = spoiled("pickled", (at) => {
      mkdirSync(join(at, "empty"));
      writeFileSync(join(at, "pytorch_model.bin"), "x");
    });
    const results = await Promise.all(
      [renamed, cut, pickled, join(pickled, "empty")].map((at) => imported(at)),
    );
    expect(results.map(({ code }) => code)).toEqual([65, 65, 65, 65]);
    const [wrong, short, pickle, empty] = results.map(
      ({ stdout }) => failureDocument.parse(JSON.parse(stdout)).error,
    );
    expect(wrong).toMatchObject({
      code: "CHECKPOINT_INCOMPATIBLE",
      details: { missing: [norm], unexpected: ["some.other.weight"] },
    });
    expect(short?.message).toMatch(/model\.safetensors: the file ends inside tensor \S+: it is cut/);
    expect(pickle).toMatchObject({ code: "CHECKPOINT_PICKLE", details: { file: "pytorch_model.bin" } });
    expect(pickle?.hint).toContain("safetensors.torch.save_file");
    expect(empty?.code).toBe("CHECKPOINT_MISSING");
  });

  it("ends with 64 for a path that is no folder, and for a family it does not know, naming the near one", async () => {
    const unknown = spoiled("unknown", (at) =>
      writeFileSync(join(at, "config.json"), JSON.stringify({ model_type: "internvl3" })),
    );
    const file = join(written("phi3_v"), weights);
    const results = await Promise.all([unknown, file, join(root, "gone")].map((at) => imported(at)));
    expect(results.map(({ code }) => code)).toEqual([64, 64, 64]);
    const errors = results.map(({ stdout }) => failureDocument.parse(JSON.parse(stdout)).error);
    expect(errors.map(({ code }) => code)).toEqual(["CONFIG_INVALID", "USAGE_INVALID", "PATH_NOT_FOUND"]);
    expect(errors[2]?.hint).toContain("tomoe weights ls");
    expect(errors[0]?.message).toContain("did you mean 'internvl'?");
  });
});
