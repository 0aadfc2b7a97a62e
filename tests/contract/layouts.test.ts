// The suite of every layout of data sets: a layout is a row of ts/data/sources/layouts and of the table in the schema,
// and comes with a fixture in tests/support/layouts.
import { existsSync, mkdtempSync, renameSync } from "node:fs";
import { join } from "node:path";
import { checkedRows, sourceFor as sourceOfDoor } from "../../ts/data/sources/index.ts";
import { sourceFor } from "../../ts/data/sources/layouts.ts";
import type { OpenedSource } from "../../ts/data/sources/source.ts";
import { verifyData } from "../../ts/run/data/index.ts";
import { type LayoutName, layoutRow } from "../../ts/schema/tables/layouts.ts";
import { caught } from "../support/caught.ts";
import { examples } from "../support/layouts/every.ts";
import type { Example, WriteExample } from "../support/layouts/example.ts";
import { told, type Walked, walked } from "../support/source-rows.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const root = temporaryFolder();

const written = new Map<WriteExample, Promise<Example>>();

/** The fixture of a layout, written once. */
async function exampleOf(write: WriteExample): Promise<Example> {
  const known = written.get(write) ?? write(mkdtempSync(join(root, "layout-")));
  written.set(write, known);
  return await known;
}

async function opened(layout: string, write: WriteExample): Promise<OpenedSource> {
  const { path, options } = await exampleOf(write);
  return await sourceFor(layout as LayoutName).open(path, options);
}

function droppedBy({ dropped }: Walked): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { filter } of dropped) counts[filter] = (counts[filter] ?? 0) + 1;
  return counts;
}

describe("every layout", () => {
  it.each(Object.entries(examples))(
    "%s is verified as its rows are: everything read, nothing refused",
    async (layout, write) => {
      const { path, options, cases, items, dropped } = await exampleOf(write);
      const { signal } = new AbortController();
      const nothing = (): void => undefined;
      const verified = await verifyData({
        path,
        layout: layout as LayoutName,
        open: options ?? {},
        deep: false,
        out: mkdtempSync(join(root, "verified-")),
        signal,
        onProgress: nothing,
        notice: nothing,
      });
      expect(verified.cases).toEqual({ total: cases, read: cases, refused: 0, missing: 0 });
      expect(verified.items).toEqual({ total: items, refused: 0 });
      const filtered: Record<string, number> = {};
      for (const { filter, count } of verified.dropped) filtered[filter] = (filtered[filter] ?? 0) + count;
      expect(filtered).toEqual(dropped);
      expect(verified.leaks.filter(({ kind }) => kind === "patient")).toEqual([]);
    },
  );

  it.each(Object.entries(examples))(
    "%s reads its fixture whole, and finds nothing wrong with it",
    async (layout, write) => {
      const source = await opened(layout, write);
      const example = await exampleOf(write);
      const found = await walked(source);
      expect(sourceOfDoor(layout as LayoutName)).toBe(sourceFor(layout as LayoutName));
      expect([layout, source.layout]).toEqual([sourceFor(layout as LayoutName).kind, layout]);
      expect(told(found.problems)).toEqual([]);
      expect([found.cases.length, found.items.length]).toEqual([example.cases, example.items]);
      expect(droppedBy(found)).toEqual(example.dropped);
      for (const filter of Object.keys(example.dropped))
        expect([...Object.values(source.schema.filters).flat(), "case"]).toContain(filter);
    },
  );

  it.each(Object.entries(examples))("%s counts what its walks hand out", async (layout, write) => {
    const { path, options } = await exampleOf(write);
    const { repeatsCases } = sourceFor(layout as LayoutName).schema;
    const counts = await sourceFor(layout as LayoutName).count(path, options);
    const { cases, items } = await walked(await opened(layout, write));
    expect(counts.items).toBeGreaterThanOrEqual(items.length);
    // A case of many rows is counted in each of them.
    if (repeatsCases) expect(counts.cases).toBeGreaterThanOrEqual(cases.length);
    else expect(counts.cases).toBe(cases.length);
  });

  it.each(Object.entries(examples))(
    "%s names scans that are there, and the row of every one",
    async (layout, write) => {
      const source = await opened(layout, write);
      for (const { paths, place, split } of (await walked(source)).cases) {
        expect(paths.map((path) => existsSync(path))).not.toContain(false);
        expect(source.tables).toContain(place.table.split("#")[0]);
        expect(place.row).toBeGreaterThanOrEqual(1);
        expect(["train", "validation", "test", null]).toContain(split);
      }
    },
  );

  it.each(Object.entries(examples))(
    "%s asks the tasks that its row names, all of them, in types that it knows",
    async (layout, write) => {
      const { items } = await walked(await opened(layout, write));
      const { tasks, types } = layoutRow(layout as LayoutName);
      expect([...new Set(items.map(({ task }) => task))].sort()).toEqual([...tasks].sort());
      for (const { task, type } of items) if (types[task] !== undefined) expect(types[task]).toContain(type);
    },
  );

  it.each(Object.entries(examples))("%s shows a model no path", async (layout, write) => {
    const { cases, items } = await walked(await opened(layout, write));
    const names = new Set(cases.flatMap(({ paths }) => paths.map((path) => path.split("/").at(-1) ?? "")));
    for (const { question, choices = [], target } of items)
      for (const name of names) expect([question ?? "", ...choices, target].join(" ")).not.toContain(name);
  });

  it.each(Object.entries(examples))("%s is the same at a second walk", async (layout, write) => {
    const source = await opened(layout, write);
    expect(await walked(source)).toEqual(await walked(source));
  });

  it.each(Object.entries(examples))("%s stops when it is told to", async (layout, write) => {
    const { path, options } = await exampleOf(write);
    const source = await sourceFor(layout as LayoutName).open(path, {
      ...options,
      signal: AbortSignal.abort(),
    });
    const stopped = await caught(async () => {
      for await (const found of checkedRows(source)) expect(found.kind).toBe("none");
    });
    expect(stopped.code).toBe("CANCELLED");
  });

  it.each(Object.entries(examples))(
    "%s refuses half of itself, naming what is missing",
    async (layout, write) => {
      const { path, needs, options } = await exampleOf(write);
      for (const [name, said] of Object.entries(needs)) {
        const [whole, away] = [join(path, name), join(root, "away")];
        renameSync(whole, away);
        try {
          expect(await refusal(layout as LayoutName, path, options)).toContain(said);
        } finally {
          renameSync(away, whole);
        }
      }
      expect(
        (await caught(() => sourceFor(layout as LayoutName).open(join(path, "none"), options))).code,
      ).toBe("PATH_NOT_FOUND");
    },
  );
});

/** What is said of a data set that lacks a part: by opening it, or of the rows that need the part. */
async function refusal(layout: LayoutName, path: string, options: Example["options"]): Promise<string> {
  let source: OpenedSource;
  try {
    source = await sourceFor(layout).open(path, options);
  } catch (error) {
    expect(error).toMatchObject({ code: "DATA_MANIFEST", exitCode: 65 });
    return String(error);
  }
  const { problems } = await walked(source);
  return told(problems).join("\n");
}
