import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { batchAt } from "../../../../../ts/data/dataset/batch.ts";
import { casesOf, openDataset, splitBySubject } from "../../../../../ts/data/dataset/open.ts";
import { renderPrompt } from "../../../../../ts/data/dataset/prompt.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tomoe-dataset-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Rows {
  readonly cases: Record<string, unknown>[];
  readonly items: Record<string, unknown>[];
}

function rows(): Rows {
  const cases = Array.from({ length: 6 }, (_, index) => ({
    case: `c${index}`,
    subject: `s${Math.floor(index / 2)}`,
    path: `v/c${index}.nii`,
    split: index < 4 ? "train" : "test",
    facts: { phase: index % 2 },
  }));
  const items = cases.flatMap((row) => [
    { id: `${row.case}/r`, case: row.case, task: "report", question: "Describe.", target: "Normal." },
    {
      id: `${row.case}/q`,
      case: row.case,
      task: "closed-vqa",
      type: "phase",
      question: "Which phase?",
      choices: ["a", "b", "c", "d"],
      target: "b",
    },
    {
      id: `${row.case}/o`,
      case: row.case,
      task: "open-vqa",
      type: "phase",
      question: "Which phase?",
      target: "b",
    },
  ]);
  return { cases, items };
}

function write({ cases, items }: Rows, manifest: Record<string, unknown> = {}): void {
  writeFileSync(
    join(folder, "manifest.json"),
    JSON.stringify({
      format: "tomoe.dataset/1",
      name: "t",
      source: "test",
      cases: cases.length,
      items: items.length,
      facts: { phase: ["x", "y"] },
      patchClasses: [],
      ...manifest,
    }),
  );
  writeFileSync(join(folder, "cases.jsonl"), cases.map((row) => JSON.stringify(row)).join("\n"));
  writeFileSync(join(folder, "items.jsonl"), items.map((row) => JSON.stringify(row)).join("\n"));
}

async function raised(): Promise<{ readonly code: unknown; readonly message: string }> {
  try {
    await openDataset(folder);
  } catch (error) {
    return error as { code: unknown; message: string };
  }
  throw new Error("nothing was raised");
}

describe("openDataset", () => {
  it("reads cases with their items, and its fingerprint follows every byte", async () => {
    write(rows());
    const first = await openDataset(folder);
    expect(casesOf(first, "train").map((entry) => entry.items.length)).toEqual([3, 3, 3, 3]);
    const changed = rows();
    (changed.items[0] as Record<string, unknown>).target = "Other.";
    write(changed);
    expect((await openDataset(folder)).fingerprint).not.toBe(first.fingerprint);
  });

  it("names file and line of a row that does not fit", async () => {
    const broken = rows();
    (broken.items[4] as Record<string, unknown>).tsak = "closed-vqa";
    write(broken);
    const error = await raised();
    expect(error.code).toBe("DATA_MANIFEST");
    expect(error.message).toContain("items.jsonl:5");
    expect(error.message).toContain("tsak");
  });

  it.each<[string, (data: Rows) => void, string, string]>([
    [
      "a subject in two splits",
      (data) => {
        (data.cases[1] as Record<string, unknown>).split = "test";
      },
      "DATA_LEAK",
      'subject "s0" stands in split "train" and in split "test"',
    ],
    [
      "an item of an unknown case",
      (data) => {
        (data.items[0] as Record<string, unknown>).case = "zz";
      },
      "DATA_MANIFEST",
      'names case "zz"',
    ],
    [
      "an id used twice",
      (data) => {
        (data.items[1] as Record<string, unknown>).id = "c0/r";
      },
      "DATA_MANIFEST",
      '"c0/r" is used twice',
    ],
    [
      "a closed item without choices",
      (data) => {
        delete (data.items[1] as Record<string, unknown>).choices;
      },
      "DATA_MANIFEST",
      "closed-vqa without choices",
    ],
    [
      "a target that is not a choice",
      (data) => {
        (data.items[1] as Record<string, unknown>).target = "e";
      },
      "DATA_MANIFEST",
      "not exactly one of its choices",
    ],
  ])("refuses %s", async (_what, spoil, code, message) => {
    const data = rows();
    spoil(data);
    write(data);
    const error = await raised();
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });

  it("refuses files that hold fewer rows than the manifest counts, and a folder that is not there", async () => {
    write(rows(), { items: 99 });
    expect((await raised()).message).toContain("counts 6 cases and 99 items");
    rmSync(folder, { recursive: true });
    expect((await raised()).code).toBe("PATH_NOT_FOUND");
  });
});

describe("splitBySubject", () => {
  it("keeps a subject together, fills every split and is fixed by the seed", async () => {
    write(rows());
    const dataset = await openDataset(folder);
    for (let seed = 0; seed < 20; seed += 1) {
      const split = splitBySubject(dataset, { train: 0.4, validation: 0.3, test: 0.3 }, seed);
      const bySubject = new Map<string, Set<string>>();
      for (const { row } of split.cases)
        bySubject.set(row.subject, (bySubject.get(row.subject) ?? new Set()).add(row.split));
      expect([...bySubject.values()].every((names) => names.size === 1)).toBe(true);
      expect(new Set(split.cases.map(({ row }) => row.split))).toEqual(
        new Set(["train", "validation", "test"]),
      );
      expect(splitBySubject(dataset, { train: 0.4, validation: 0.3, test: 0.3 }, seed)).toEqual(split);
    }
  });
});

describe("batchAt", () => {
  async function plan() {
    write(rows());
    const dataset = await openDataset(folder);
    const cases = casesOf(dataset, "train");
    const cached = new Map(
      cases.map(({ row }, index) => [
        row.case,
        {
          volumeId: `v${index}`,
          tensor: { kind: "uploaded" as const, uploadId: "u" },
          row: index,
          hasPatchLabels: false,
        },
      ]),
    );
    return {
      order: { seed: 1, corpusFingerprint: dataset.fingerprint, stage: "shared" },
      cases,
      cached,
      facts: ["phase", "side"],
      volumesPerStep: 4,
      reportTokenWeight: 0.3,
      tasks: ["report", "closed-vqa", "open-vqa"] as const,
      route: (item: { task: "report" | "closed-vqa" | "open-vqa" }) => item.task,
      withItems: true,
    };
  }

  it("groups items by task, weighs report tokens, and states -1 for a fact the case does not have", async () => {
    const batch = batchAt(await plan(), 0, 0, 1);
    expect(batch.items.map((item) => item.task)).toEqual([
      ...Array(4).fill("report"),
      ...Array(4).fill("closed-vqa"),
      ...Array(4).fill("open-vqa"),
    ]);
    expect(
      new Set(batch.items.filter((item) => item.task === "report").map((item) => item.lossWeight)),
    ).toEqual(new Set([0.3]));
    expect(batch.volumes.every((volume) => volume.facts.side === -1 && (volume.facts.phase ?? -1) >= 0)).toBe(
      true,
    );
    expect(batch.items.find((item) => item.task === "closed-vqa")?.prompt).toBe(
      "Which phase? Choices: A. a B. b C. c D. d",
    );
  });

  it("splits the same global batch over ranks", async () => {
    const whole = batchAt(await plan(), 2, 0, 1);
    const parts = await Promise.all([0, 1].map(async (rank) => batchAt(await plan(), 2, rank, 2)));
    expect(parts.flatMap((part) => part.volumes).sort((a, b) => a.slot - b.slot)).toEqual(whole.volumes);
    expect(parts.flatMap((part) => part.items.map((item) => item.itemId)).sort()).toEqual(
      whole.items.map((item) => item.itemId).sort(),
    );
    expect(parts.every((part) => part.globalVolumeCount === 4)).toBe(true);
  });

  it("draws as many items a volume as asked, the same ones each time", async () => {
    const two = { ...(await plan()), itemsPerVolume: 2 };
    const batch = batchAt(two, 1, 0, 1);
    expect(batch.items).toHaveLength(8);
    expect(batchAt(two, 1, 0, 1)).toEqual(batch);
  });
});

describe("renderPrompt", () => {
  it("leaves an open question as it is", () => {
    expect(renderPrompt({ question: "Which plane?" })).toBe("Which plane?");
  });
});
