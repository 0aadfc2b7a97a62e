import { join } from "node:path";
import { TomoeError } from "../../../errors.ts";
import { layoutRow } from "../../../schema/tables/layouts.ts";
import { countRows, folderOf, namesEnding, placed, shardsWhole, splitNamed } from "../folder.ts";
import { objectEndings, objectRows } from "../rows/object-rows.ts";
import type { FoundRow, TableRow } from "../rows/table-row.ts";
import type {
  DatasetSource,
  Found,
  OpenedSource,
  OpenOptions,
  SourceCase,
  SourceItem,
  SplitName,
} from "../source.ts";
import { row, rowsAs, textOf, wrong } from "./walks.ts";

const schema = { ...layoutRow("messages"), filters: {}, repeatsCases: true } as const;

/**
 * Chat messages as trainers of Hugging Face read them, one conversation a row: JSON Lines and Parquet files that lie in
 * the folder, in its `data`, or that are named. The image is a path. Of NV-Reason's rows the labels behind `<answer>`
 * are a question of their own; what a model thinks before it answers is no target.
 */
export const messagesSource: DatasetSource = {
  kind: "messages",
  schema,
  count: async (path, options) => await countRows(await openMessages(path, options)),
  open: async (path, options) => await openMessages(path, options),
};

async function openMessages(path: string, { scans, signal, looks }: OpenOptions = {}): Promise<OpenedSource> {
  const folder = await folderOf(path, looks);
  const below = (await namesEnding(join(folder, "data"), objectEndings, looks)).map((name) => `data/${name}`);
  const names = objectEndings.test(path)
    ? [path.split("/").at(-1) ?? ""]
    : shardsWhole(folder, [...(await namesEnding(folder, objectEndings, looks)), ...below]);
  if (names.length === 0)
    throw new TomoeError(
      "DATA_MANIFEST",
      `${path} lacks rows of the layout messages: no .jsonl or .parquet`,
      {
        hint: "Name the folder of the rows, or one of them.",
        details: { path, layout: "messages" },
      },
    );
  const rows = function* (): Generator<AsyncIterable<FoundRow>> {
    for (const table of names) {
      yield objectRows({ path: join(folder, table), table, signal, looks });
    }
  };
  return {
    layout: "messages",
    schema,
    folder,
    tables: names,
    cases: () => rowsAs(rows(), (one) => [caseOf(one, scans ?? folder)]),
    items: () => rowsAs(rows(), itemsOf, false),
  };
}

interface Message {
  readonly role: string;
  readonly text: string;
  readonly images: readonly string[];
}

/** Messages of a row; undefined where they are no list of them. */
function messagesOf({ values }: TableRow): readonly Message[] | undefined {
  const messages: unknown = values.messages;
  if (!Array.isArray(messages) || !messages.every((one) => typeof one === "object" && one !== null))
    return undefined;
  return messages.map((message: { readonly role?: unknown; readonly content?: unknown }) => {
    const parts: readonly unknown[] = Array.isArray(message.content)
      ? message.content.filter((part) => part !== null)
      : [{ type: "text", text: message.content }];
    const of = (key: string): readonly string[] =>
      parts.flatMap((part) => {
        const value = (part as Readonly<Record<string, unknown>>)[key];
        return typeof value === "string" ? [value] : [];
      });
    return { role: String(message.role), text: of("text").join("\n").trim(), images: of("image") };
  });
}

function imageOf(one: TableRow): string | undefined {
  return textOf(one, "image") ?? messagesOf(one)?.flatMap(({ images }) => images)[0];
}

/** A split from the row, or from the file's name: `train-00000-of-00002.jsonl`. */
function splitOf(one: TableRow): SplitName | null {
  const name = one.place.table.split("/").at(-1) ?? "";
  return splitNamed(textOf(one, "split") ?? /^[a-z]+/i.exec(name)?.[0] ?? "") ?? null;
}

function caseOf(one: TableRow, folder: string): Found<SourceCase> {
  const image = imageOf(one);
  const path = image === undefined ? undefined : placed(folder, image);
  if (image === undefined || path === undefined)
    return wrong(
      one.place,
      image === undefined ? "the row names no image" : `"${image}" leaves the folder`,
      "Give the scan's path as image.",
      {
        case: image,
      },
    );
  const patient = textOf(one, "patient") ?? textOf(one, "subject") ?? image;
  return row({ id: image, patient, paths: [path], split: splitOf(one), place: one.place });
}

function* itemsOf(one: TableRow): Generator<Found<SourceItem>> {
  const image = imageOf(one);
  if (image === undefined) return;
  const { place } = one;
  const id = String(one.values.id ?? `${place.table}:${place.row}`);
  const messages = messagesOf(one);
  const asked = messages?.find(({ role }) => role === "user")?.text ?? "";
  const said = messages?.find(({ role }) => role === "assistant")?.text;
  if (said === undefined) {
    yield wrong(
      place,
      `row "${id}" has no message of an assistant`,
      "Give messages of role user and assistant.",
      { case: image, item: id },
    );
    return;
  }
  const { report, labels } = readAnswer(said);
  const type = textOf(one, "anatomy_region");
  const item = { case: image, type, extra: type === undefined ? undefined : { anatomy_region: type }, place };
  if (/\b(?:findings|impression)\b/i.test(report))
    yield row({
      ...item,
      id: `${id}/report`,
      task: "report",
      question: asked === "" ? null : asked,
      target: report,
    });
  else if (labels === undefined)
    yield row({ ...item, id, task: "open-vqa", question: asked, target: report });
  const listed = textOf(one, "solution") ?? labels;
  if (listed === undefined) return;
  const names = listed.split(",").map((name) => name.trim());
  const question = "Which abnormalities are seen?";
  yield row({
    ...item,
    id: `${id}/labels`,
    task: "open-vqa",
    question,
    target: names.join(", "),
    labels: names,
  });
}

/** The answer without what was thought before it, and the labels behind it. */
export function readAnswer(text: string): { readonly report: string; readonly labels: string | undefined } {
  const { outside, inside } = parted(parted(text, "think").outside, "answer");
  const labels = inside?.trim();
  return { report: outside.trim(), labels: labels === "" ? undefined : labels };
}

/** What stands outside all elements of a tag, and inside the first; an element without an end is none. */
function parted(
  text: string,
  tag: string,
): { readonly outside: string; readonly inside: string | undefined } {
  const [start, end] = [`<${tag}>`, `</${tag}>`];
  let [outside, inside, at] = ["", undefined as string | undefined, 0];
  for (;;) {
    const from = text.indexOf(start, at);
    const to = from < 0 ? -1 : text.indexOf(end, from + start.length);
    if (to < 0) return { outside: outside + text.slice(at), inside };
    inside ??= text.slice(from + start.length, to);
    outside += text.slice(at, from);
    at = to + end.length;
  }
}
