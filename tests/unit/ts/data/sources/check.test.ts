import { type Checked, checkedRows } from "../../../../../ts/data/sources/check.ts";
import { LeakScan } from "../../../../../ts/data/sources/leaks.ts";
import type { Found, OpenedSource, SourceCase, SourceItem } from "../../../../../ts/data/sources/source.ts";
import { layoutRow } from "../../../../../ts/schema/tables/layouts.ts";
import { told, walked } from "../../../../support/source-rows.ts";

const place = { table: "t", row: 1 };

function scan(id: string, patient: string, split: SourceCase["split"] = "train"): Found<SourceCase> {
  return { kind: "row", row: { id, patient, paths: [`/d/${id}`], split, place } };
}

function ask(id: string, of: string, more: Partial<SourceItem> = {}): Found<SourceItem> {
  return {
    kind: "row",
    row: { id, case: of, task: "open-vqa", question: "Q?", target: "a", place, ...more },
  };
}

async function* rows<T>(list: readonly T[]): AsyncGenerator<T> {
  for (const one of list) yield await Promise.resolve(one);
}

function source(
  cases: readonly Found<SourceCase>[],
  items: readonly Found<SourceItem>[],
  repeatsCases = false,
): OpenedSource {
  const schema = { ...layoutRow("table"), filters: {}, repeatsCases };
  return {
    layout: "table",
    schema,
    folder: "/d",
    tables: ["t"],
    cases: () => rows(cases),
    items: () => rows(items),
  };
}

describe("checkedRows", () => {
  it("hands out cases before items, in their order", async () => {
    const kinds: string[] = [];
    for await (const found of checkedRows(
      source([scan("a", "p"), scan("b", "p")], [ask("i", "a"), ask("j", "b")]),
    ))
      kinds.push(found.kind === "case" || found.kind === "item" ? found.row.id : found.kind);
    expect(kinds).toEqual(["a", "b", "i", "j"]);
  });

  it("takes a case that stands in many rows once, and tells one that stands in two splits", async () => {
    const { cases, problems } = await walked(
      source([scan("a", "p"), scan("a", "p"), scan("a", "p", "test")], [], true),
    );
    expect(cases).toHaveLength(1);
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      ["DATA_LEAK", 'case "a" stands in train and in test'],
    ]);
  });

  it("takes splits that are drawn anew for no leak", async () => {
    const leaking = source([scan("a", "p"), scan("b", "p", "test")], [ask("i", "a", { split: "test" })]);
    expect(told((await walked(leaking)).problems)).toEqual([
      't:1 patient "p" is in train and with case "b" in test',
      't:1 item "i" is in test, its case "a" in train',
    ]);
    expect((await walked(leaking, { ignoresSplits: true })).problems).toEqual([]);
  });

  it("leaves out the items of a case that a filter left out, and does not blame those of a refused one", async () => {
    const dropped: Found<SourceCase> = {
      kind: "dropped",
      dropped: { what: "case", id: "a", task: null, filter: "no-chest", split: "train", place },
    };
    const problem = { code: "DATA_MANIFEST", message: "wrong", hint: "Mend it.", case: "b", place } as const;
    const found = await walked(
      source([dropped, { kind: "problem", problem }], [ask("i", "a"), ask("j", "b"), ask("k", "c")]),
    );
    expect(found.dropped.map(({ what, id, filter }) => [what, id, filter])).toEqual([
      ["case", "a", "no-chest"],
      ["item", "i", "case"],
    ]);
    expect(told(found.problems)).toEqual(["t:1 wrong", 't:1 item "k" is of case "c", which is not there']);
  });

  it.each<[string, Partial<SourceItem>, string]>([
    ["an empty target", { target: " \n" }, 'the target of item "i" is empty'],
    ["an empty question", { question: "" }, 'the question of item "i" is empty'],
    ["choices where none belong", { choices: ["a", "b"] }, 'item "i" is open-vqa with choices'],
    ["no choices where they belong", { task: "closed-vqa" }, 'item "i" is closed-vqa without choices'],
    [
      "a target that is a missing choice",
      { task: "closed-vqa", choices: ["a", "b", "NA"], target: "NA" },
      "is none of its choices",
    ],
    [
      "a target that stands twice",
      { task: "closed-vqa", choices: ["a", "a", "b"], target: "a" },
      "is 2 of its choices",
    ],
    [
      "more choices than letters",
      { task: "closed-vqa", choices: Array.from({ length: 27 }, (_, at) => `c${at}`), target: "c1" },
      "27 choices",
    ],
  ])("tells %s", async (_what, item, message) => {
    const { problems, items } = await walked(source([scan("a", "p")], [ask("i", "a", item)]));
    expect(told(problems)).toEqual([expect.stringContaining(message)]);
    expect(items).toEqual([]);
  });

  it("tells an id that is used twice", async () => {
    const { problems } = await walked(
      source([scan("a", "p"), scan("a", "p")], [ask("i", "a"), ask("i", "a")]),
    );
    expect(told(problems)).toEqual(['t:1 case "a" stands twice', 't:1 item "i" stands twice']);
  });
});

describe("rows that leak", () => {
  const shared = [scan("a", "p1", "train"), scan("b", "p1", "test"), scan("c", "p2", "train")];

  it("are refused with their items", async () => {
    const { cases, items, problems } = await walked(source(shared, [ask("q", "b"), ask("r", "a")]));
    expect(cases.map(({ id }) => id)).toEqual(["a", "c"]);
    expect(items.map(({ id }) => id)).toEqual(["r"]);
    expect(problems.map(({ code }) => code)).toEqual(["DATA_LEAK"]);
  });

  it("are told and handed out all the same where leaks are kept", async () => {
    const moved = ask("q", "a", { split: "test" });
    const kept = await walked(source(shared, [moved, ask("r", "b")]), { keepsLeaks: true });
    expect(kept.cases.map(({ id }) => id)).toEqual(["a", "b", "c"]);
    expect(kept.items.map(({ id }) => id)).toEqual(["q", "r"]);
    expect(kept.problems.map(({ code }) => code)).toEqual(["DATA_LEAK", "DATA_LEAK"]);
  });

  it("are shown to a scan, also of a case that stands in two splits", async () => {
    const leaks = new LeakScan();
    const twice = [scan("a", "p1", "train"), scan("a", "p1", "test")];
    const { cases } = await walked(source(twice, [], true), { keepsLeaks: true, scan: leaks });
    expect(cases).toHaveLength(1);
    expect(leaks.leaks().map(({ kind }) => kind)).toEqual(["patient", "volume"]);
  });

  it("are not shown to it where the row itself is refused", async () => {
    const leaks = new LeakScan();
    const twice = [scan("a", "p1", "train"), scan("a", "p2", "test")];
    await walked(source(twice, []), { keepsLeaks: true, scan: leaks });
    expect(leaks.leaks()).toEqual([]);
  });
});

describe("an item of a case that was refused", () => {
  it("is handed out as lost, so that somebody may count it", async () => {
    const refused: Found<SourceCase> = {
      kind: "problem",
      problem: { code: "DATA_MANIFEST", message: "m", hint: "h", case: "a", place },
    };
    const found: Checked[] = [];
    for await (const one of checkedRows(source([refused], [ask("q", "a")]))) found.push(one);
    expect(found.map(({ kind }) => kind)).toEqual(["problem", "lost"]);
  });
});

describe("a report that says what one before it says", () => {
  it("is marked where somebody looks for such", async () => {
    const reports = ["x", "y"].map((id) =>
      ask(id, "a", { task: "report", question: null, target: "Clear." }),
    );
    const marked = async (leaks?: LeakScan): Promise<readonly boolean[]> => {
      const seen: boolean[] = [];
      for await (const one of checkedRows(source([scan("a", "p1")], reports), { scan: leaks }))
        if (one.kind === "item") seen.push(one.isRepeated);
      return seen;
    };
    expect(await marked(new LeakScan())).toEqual([false, true]);
    expect(await marked()).toEqual([false, false]);
  });
});

describe("a case of several scans", () => {
  it("is refused with its items: one is read", async () => {
    const several: Found<SourceCase> = {
      kind: "row",
      row: { id: "a", patient: "p", paths: ["/d/1", "/d/2"], split: "train", place },
    };
    const { cases, items, problems } = await walked(source([several], [ask("q", "a")]));
    expect([cases, items]).toEqual([[], []]);
    expect(problems).toMatchObject([
      { code: "DATA_UNSUPPORTED", case: "a", message: 'case "a" is of 2 scans, and one is read' },
    ]);
  });
});

describe("a row that is bad twice over", () => {
  const bad = (message: string, more: object): Found<never> => ({
    kind: "problem",
    problem: { code: "DATA_MANIFEST", message, hint: "Mend it.", place, ...more },
  });

  it("is told once: what is asked of a refused case is not told again, of another one it is", async () => {
    const { problems, items } = await walked(
      source(
        [bad("its path leaves the folder", { case: "a" }), scan("b", "p")],
        [
          bad("no question", { case: "a", item: "i" }),
          bad("no answer", { case: "b", item: "j" }),
          bad("no text", {}),
          ask("k", "a"),
          ask("l", "b"),
        ],
      ),
    );
    expect(problems.map(({ message }) => message)).toEqual([
      "its path leaves the folder",
      "no answer",
      "no text",
    ]);
    expect(items.map(({ id }) => id)).toEqual(["l"]);
  });
});
