import { join, relative } from "node:path";
import { TomoeError } from "../../../../errors.ts";
import { readWhole } from "../../../../files/index.ts";
import { layoutRow } from "../../../../schema/tables/layouts.ts";
import { countRows, exists, splitNamed } from "../../folder.ts";
import { jsonListRows } from "../../rows/json-lists.ts";
import type { TableRow } from "../../rows/table-row.ts";
import type {
  DatasetSource,
  Found,
  OpenedSource,
  OpenOptions,
  SourceCase,
  SourceItem,
} from "../../source.ts";
import { row, rowsAs, textOf, wrong } from "../walks.ts";
import { m3dPath, m3dRoot, m3dVolume } from "./folder.ts";

const schema = { ...layoutRow("m3d-cap"), filters: {}, repeatsCases: false } as const;

/** The lists that are splits; `test100` to `test1k` are parts of `test`. */
const splits = ["train", "validation", "test"];

/** A report of one page is a few kB. */
const maxReportBytes = 1 << 20;

/**
 * M3D-Cap: `M3D_Cap_npy/M3D_Cap.json` lists volumes and the text file of each by split. The official split puts stacks
 * of one case into train and test: the check names each.
 */
export const m3dCapSource: DatasetSource = {
  kind: "m3d-cap",
  schema,
  count: async (path, options) => await countRows(await openCap(path, options)),
  open: async (path, options) => await openCap(path, options),
};

async function openCap(path: string, options: OpenOptions = {}): Promise<OpenedSource> {
  const { signal, looks } = options;
  const root = await m3dRoot(path, "m3d-cap", options);
  const list = join(root, "M3D_Cap_npy", "M3D_Cap.json");
  if (!(await exists(list, looks)))
    throw new TomoeError("DATA_MANIFEST", `${path} lacks M3D_Cap_npy/M3D_Cap.json of the layout m3d-cap`, {
      hint: "Download the list beside the volumes.",
      details: { path, layout: "m3d-cap", missing: ["M3D_Cap_npy/M3D_Cap.json"] },
    });
  const table = relative(root, list);
  const rows = () => [jsonListRows({ path: list, table, signal, looks }, splits)];
  return {
    layout: "m3d-cap",
    schema,
    folder: root,
    tables: [table],
    cases: () => rowsAs(rows(), (one) => [caseOf(one, root)]),
    items: () => rowsAs(rows(), (one) => itemsOf(one, root, looks), false),
  };
}

function caseOf(entry: TableRow, root: string): Found<SourceCase> {
  const image = textOf(entry, "image");
  if (image === undefined)
    return wrong(entry.place, 'the entry has no "image"', "Give the path of its volume.");
  const volume = m3dVolume(root, image);
  if (volume === undefined)
    return wrong(entry.place, `"${image}" leaves the folder of volumes`, "Write paths inside M3D_Cap_npy.", {
      case: image,
    });
  const { id, patient, path } = volume;
  const split = splitNamed(entry.place.table.split("#")[1] ?? "") ?? null;
  return row({ id, patient, paths: [path], split, place: entry.place });
}

async function* itemsOf(
  entry: TableRow,
  root: string,
  looks: OpenOptions["looks"],
): AsyncGenerator<Found<SourceItem>> {
  const { place } = entry;
  const volume = m3dVolume(root, textOf(entry, "image") ?? "..");
  if (volume === undefined) return;
  const id = `${volume.id}/report`;
  const text = textOf(entry, "text");
  const path = text === undefined ? undefined : m3dPath(root, text);
  if (path === undefined || !(await exists(path, looks)))
    yield wrong(
      place,
      `the report ${text === undefined ? "is not named" : `"${text}" is not there`}`,
      "Download the text file of each case.",
      {
        case: volume.id,
        item: id,
      },
    );
  else {
    looks?.content(path);
    const report = decoded(await readWhole(path, maxReportBytes));
    if (report === undefined)
      yield wrong(place, "the report is not UTF-8", "Write the text as UTF-8.", {
        case: volume.id,
        item: id,
      });
    else yield row({ id, case: volume.id, task: "report", question: null, target: report, place });
  }
}

function decoded(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).trim();
  } catch {
    return undefined;
  }
}
