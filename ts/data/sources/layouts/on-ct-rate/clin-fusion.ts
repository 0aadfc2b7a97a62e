import { basename, join } from "node:path";
import { choiceIndex } from "../../../../schema/answers/letters.ts";
import { layoutRow } from "../../../../schema/tables/layouts.ts";
import { countRows, exists, folderOf, needed } from "../../folder.ts";
import { jsonLineRows } from "../../rows/json-lines.ts";
import type { FoundRow, TableRow } from "../../rows/table-row.ts";
import type {
  DatasetSource,
  Found,
  OpenedSource,
  OpenOptions,
  SourceCase,
  SourceItem,
} from "../../source.ts";
import { lettered } from "../amos-mm.ts";
import { rateVolume } from "../ct-rate/names.ts";
import { row, rowsAs, textOf, wrong } from "../walks.ts";

const schema = { ...layoutRow("clinfusion-3d"), filters: {}, repeatsCases: true } as const;

const inRepository = "eval/Evaluation/datasets/3d_eval_data_ct-rate_amos_3d-rad_lite.jsonl";

/** Where the part of a path begins that is the data set's own; before it stands somebody's disk. */
const ownParts = /(?:^|\/)((?:train_fixed|valid_fixed|imagesTr|imagesVa)\/.+)$/;

/**
 * ClinFusion-Eval 3D: rows on CT-RATE, 3D-RAD and AMOS-MM, whose folders `scans` holds: `valid_fixed` and `imagesVa`.
 * All is held out. Report prompts of its own evaluator were written from the reference: they stand in `extra`, and
 * are not asked.
 */
export const clinFusionSource: DatasetSource = {
  kind: "clinfusion-3d",
  schema,
  count: async (path, options) => await countRows(await openFusion(path, options)),
  open: async (path, options) => await openFusion(path, options),
};

async function openFusion(path: string, { scans, signal, looks }: OpenOptions = {}): Promise<OpenedSource> {
  const folder = await folderOf(path, looks);
  const named = path.endsWith(".jsonl") ? [basename(path)] : [inRepository, basename(inRepository)];
  const [table = ""] = await needed(folder, "clinfusion-3d", [named], looks);
  const rows = (): readonly AsyncIterable<FoundRow>[] => [
    jsonLineRows({ path: join(folder, table), table, signal, looks }),
  ];
  const volumes = scans ?? folder;
  return {
    layout: "clinfusion-3d",
    schema,
    folder,
    tables: [table],
    cases: () =>
      rowsAs(rows(), async function* (one) {
        yield await caseOf(one, volumes, looks);
      }),
    items: () => rowsAs(rows(), (one) => [itemOf(one)], false),
  };
}

function pathsOf({ values }: TableRow): readonly string[] {
  const paths = typeof values.ct_path === "string" ? [values.ct_path] : values.ct_path;
  return Array.isArray(paths) ? paths.map(String) : [];
}

const nameOf = (path: string): string => basename(path).replace(/\.nii(?:\.gz)?$/, "");
const idOf = (one: TableRow): string => pathsOf(one).map(nameOf).join("+");

async function caseOf(one: TableRow, scans: string, looks: OpenOptions["looks"]): Promise<Found<SourceCase>> {
  const id = idOf(one);
  const inside = pathsOf(one).map((path) => ownParts.exec(path)?.[1]);
  if (inside.length === 0 || inside.some((path) => path === undefined || path.split("/").includes("..")))
    return wrong(
      one.place,
      `"ct_path" is ${JSON.stringify(one.values.ct_path ?? null)}, no path below valid_fixed or imagesVa`,
      "Take the table of the release.",
    );
  const paths = await Promise.all(inside.map(async (path) => await located(scans, path ?? "", looks)));
  const [first = "", ...others] = paths;
  const patient = rateVolume(id)?.patient ?? id;
  return row({ id, patient, paths: [first, ...others], split: "test", place: one.place });
}

/** CT-RATE has its volumes in `dataset`. */
async function located(scans: string, inside: string, looks: OpenOptions["looks"]): Promise<string> {
  const below = join(scans, "dataset", inside);
  return (await exists(below, looks)) ? below : join(scans, inside);
}

function itemOf(one: TableRow): Found<SourceItem> {
  const { place, values } = one;
  const id = `${String(values.source)}:${String(values.index ?? place.row)}`;
  const truth = textOf(one, "ground_truth"),
    question = textOf(one, "question"),
    method = textOf(one, "eval_method");
  const of = idOf(one);
  const extra = {
    source: String(values.source ?? ""),
    method: method ?? "",
    meta_info: JSON.stringify(values.meta_info ?? null),
  };
  const item = { id, case: of, type: textOf(one, "source"), extra, place };
  const tell = (message: string): Found<never> =>
    wrong(place, message, "Take the table of the release.", { case: of, item: id });
  if (truth === undefined) return tell(`"ground_truth" of "${id}" is empty`);
  if (method === "report_generation")
    return row({
      ...item,
      extra: { ...extra, prompt: question ?? "" },
      task: "report",
      question: null,
      target: truth,
    });
  if (question === undefined) return tell(`"question" of "${id}" is empty`);
  if (method === "open") return row({ ...item, task: "open-vqa", question, target: truth });
  if (method !== "mcq")
    return tell(`"eval_method" of "${id}" is "${method ?? ""}", none of mcq, open, report_generation`);
  const choices = lettered(values.options);
  const letter = /^\(?([A-Z])(?:[.):]|$)/.exec(truth.trim())?.[1];
  const target =
    choices?.includes(truth) === true
      ? truth
      : letter === undefined
        ? undefined
        : choices?.[choiceIndex(letter)];
  if (choices === undefined || target === undefined)
    return tell(`"ground_truth" of "${id}" is "${truth}", none of its options`);
  return row({ ...item, task: "closed-vqa", question, choices, target });
}
