// Rows of a small data set as a walk gives them, and an index of them.
import { join } from "node:path";
import { KeptIndex } from "../../../../../../ts/data/dataset/indexed/read.ts";
import {
  type IndexFacts,
  IndexWriter,
  type KeptCase,
} from "../../../../../../ts/data/dataset/indexed/write.ts";
import type { ItemRow } from "../../../../../../ts/schema/sample.ts";

/** So many cases, of which every third has facts, every fifth a calibration, and each another number of items. */
export function casesOf(count: number, words = "") {
  return Array.from({ length: count }, (_, at): KeptCase => {
    const items = Array.from({ length: at % 4 }, (_, part): ItemRow => {
      const asked = { id: `q${at}-${part}`, case: `c${at}`, question: `Is it ${at}, "ä${words}"?` };
      return part === 0
        ? { ...asked, task: "report", target: `Report ${at}.\nSecond line.` }
        : { ...asked, task: "closed-vqa", type: "size", choices: ["yes", "no"], target: "no" };
    });
    const row = {
      case: `c${at}`,
      subject: `p${at >> 1}`,
      path: `/scans/ü ${at}.nii.gz`,
      split: (["train", "validation", "test"] as const)[at % 3] ?? "train",
      ...(at % 3 === 0 ? { facts: { nodule: at % 2, side: -1 } } : {}),
    };
    const affineRas = [
      [-0, -0.7, 0, -12.5],
      [0, -0, 1 / 3, 1e-9],
      [1, 0, 0, Number.MAX_SAFE_INTEGER],
      [0, 0, 0, 1],
    ] as const;
    const calibration = at % 5 === 0 ? { slope: 1, intercept: -1024, affineRas } : undefined;
    return { row, calibration, items, itemsJson: JSON.stringify(items) } as unknown as KeptCase;
  });
}

export const facts: IndexFacts = {
  folder: "/data",
  manifest: {
    format: "tomoe.dataset/1",
    name: "table",
    source: "layout table",
    cases: 3,
    items: 3,
    facts: { nodule: ["no", "yes"] },
    patchClasses: [],
  },
  fingerprint: "ab".repeat(32),
  more: { skipped: [], tally: null },
};

export const about = { looks: [["told", "/data", "x"]] as const, opened: "found", code: "version" };

/** Writes an index of these cases into a folder, and gives its path. */
export async function written(
  folder: string,
  cases: readonly KeptCase[],
  name = "one.rows",
): Promise<string> {
  const path = join(folder, name);
  const writer = await IndexWriter.begin(path, cases.length);
  for (const one of cases) await writer.add(one);
  await writer.commit(facts, about);
  return path;
}

/** An index that has to be whole. */
export function opened(path: string): KeptIndex {
  const index = KeptIndex.open(path);
  if (!(index instanceof KeptIndex)) throw new Error(`no index: ${index?.why ?? "not there"}`);
  return index;
}
