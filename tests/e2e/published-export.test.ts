// A run on a tiny published base, taken apart by the command and read back by stock libraries.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findPython } from "../../ts/worker/index.ts";
import { type CliOptions, repository, startTomoe, tomoe } from "../support/cli.ts";
import { publishedRun } from "../support/published-run.ts";

const { python } = findPython(repository);

/** A program in the worker's Python, without any module of ours. */
function inPython(code: string): string {
  const run = spawnSync(python, ["-c", code], {
    env: { ...process.env, OMP_NUM_THREADS: "1", HF_HUB_OFFLINE: "1" },
    encoding: "utf8",
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout.trim();
}

interface Exported {
  readonly out: string;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  readonly reload: { readonly library: string; readonly maxAbsDifference: number };
}

let folder: string;
let options: CliOptions;
let runId: string;

async function exported(...words: readonly string[]): Promise<Exported> {
  const { code, stdout, stderr } = await tomoe(["export", runId, ...words, "--json"], options);
  if (code !== 0) throw new Error(`tomoe export ended with ${code}:\n${stdout}\n${stderr}`);
  return JSON.parse(stdout) as Exported;
}

beforeAll(async () => {
  const run = await publishedRun();
  ({ folder, options } = run);
  runId = run.document.runId;
});

describe("tomoe export", () => {
  it("writes base, adapter and what is new, which transformers and peft read to the same logits", async () => {
    const { out, files, reload } = await exported("--out", "out");
    expect(out).toBe(join(folder, "out"));
    expect(reload).toMatchObject({ library: "peft", maxAbsDifference: 0 });
    const paths = files.map(({ path }) => path);
    for (const path of ["README.md", "adapter/adapter_config.json", "base/config.json", "tomoe/config.json"])
      expect(paths).toContain(path);
    expect(files.every(({ path, bytes }) => readFileSync(join(out, path)).byteLength === bytes)).toBe(true);
    expect(readFileSync(join(out, "README.md"), "utf8")).toContain("Research only, not for clinical use.");
    expect(readFileSync(join(out, "README.md"), "utf8")).toContain(runId);
    const seen = inPython(`
from peft import PeftModel
from transformers import AutoModelForImageTextToText
model = PeftModel.from_pretrained(AutoModelForImageTextToText.from_pretrained("${out}/base"), "${out}/adapter")
print(type(model.get_base_model()).__name__, sum("lora_B" in name for name, _ in model.named_parameters()))`);
    expect(seen).toMatch(/^InternVLForConditionalGeneration [1-9]\d*$/);
    expect(readdirSync(folder).filter((name) => name.startsWith(".out"))).toEqual([]);
  });

  it("keeps the bytes of the base's tensors but for the projector, which was trained", async () => {
    const differing = inPython(`
import json
def raw(path):
    data = open(path, "rb").read()
    size = int.from_bytes(data[:8], "little")
    head = json.loads(data[8:8 + size])
    head.pop("__metadata__", None)
    return {name: data[8 + size:][slice(*one["data_offsets"])] for name, one in head.items()}
a, b = raw("${folder}/base/model.safetensors"), raw("${folder}/out/base/model.safetensors")
print(sorted({name.split(".")[0] for name in a.keys() | b.keys() if a.get(name) != b.get(name)}))`);
    expect(differing).toBe("['multi_modal_projector']");
  });

  it("ends with 130 when it is interrupted, and leaves nothing", async () => {
    const before = readdirSync(folder).sort();
    const call = startTomoe(["export", runId, "--out", "stopped", "--json"], options);
    await call.line(/writing/);
    call.child.kill("SIGINT");
    expect((await call.done).code).toBe(130);
    expect(readdirSync(folder).sort()).toEqual(before);
  });

  it("refuses a folder that is there", async () => {
    const again = await tomoe(["export", runId, "--out", "out", "--json"], options);
    expect(again.code).toBe(73);
    expect(JSON.parse(again.stdout)).toMatchObject({ ok: false, error: { code: "OUTPUT_EXISTS" } });
  });
});
