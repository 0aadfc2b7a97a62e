import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { parseFilter } from "../../../../../ts/run/history/expression.ts";
import { filtered, withFields } from "../../../../../ts/run/history/fields.ts";
import { listRuns } from "../../../../../ts/track/read/index.ts";
import { caught } from "../../../../support/caught.ts";
import { pastRun } from "../../../../support/past-runs.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const runsDir = join(temporaryFolder(), "runs");
const ids: string[] = [];

beforeAll(async () => {
  ids.push(await pastRun(runsDir, { seed: 1, tags: { arm: "wide", fold: "3" }, right: { of: 8, count: 6 } }));
  ids.push(await pastRun(runsDir, { seed: 2, learningRate: 0.001, right: { of: 8, count: 2 } }));
  ids.push(await pastRun(runsDir, { seed: 3, name: "other" }));
});

function kept(text: string): readonly number[] {
  const filter = { text, expression: parseFilter(text) };
  const found = filtered(withFields(listRuns(runsDir), { filter, columns: [] }), filter);
  return found.map(({ run }) => ids.indexOf(run.runId));
}

describe("the fields of runs", () => {
  it.each([
    ["state=finished", [0, 1, 2]],
    ["seed>=2", [1, 2]],
    ["seed!=2", [0, 2]],
    ["tag.arm=wide", [0]],
    ["tag.fold=3", [0]],
    ["tag.arm=null", [1, 2]],
    ["tag.arm!=wide", [1, 2]],
    ["stages.shared.learningRate<5e-3", [1]],
    ["stages.0.steps=4", [0, 1, 2]],
    ["model.base.kind=tiny-phi3v and not name=other", [0, 1]],
    ["closed-vqa/accuracy.micro>0.5", [0]],
    ["closed-vqa/accuracy.micro.n=8 or name~OTH", [0, 1, 2]],
    ["closed-vqa/accuracy.micro=null", [2]],
    ["created>2020-01-01 and created<2999", [0, 1, 2]],
    ["bytes>100 and checkpoints=0", [0, 1, 2]],
    ['id="no such run"', []],
  ])("let %s find the runs of which it holds", (text, expected) => {
    expect(kept(text)).toEqual(expected);
  });

  it.each([
    ["stat=finished", 'no run has a field "stat", did you mean "state"?'],
    ["stages.shared.learningrate=1", 'did you mean "stages.shared.learningRate"?'],
    ["tag.arn=wide", 'did you mean "tag.arm"?'],
    ["seed=abc", 'seed is a number, "abc" is none'],
    ['seed="2"', 'seed is a number, "2" is none'],
    ["seed~2", "seed is a number: compare it with = != < <= > >="],
    ["state<finished", "state is not a number: compare it with =, != or ~"],
  ])("refuse %s, saying what is meant", async (text, what) => {
    const error = await caught(() => kept(text));
    expect(error.code).toBe("USAGE_INVALID");
    expect(error.message).toContain(what);
  });

  it("are columns too, each null where the run lacks it", async () => {
    const columns = ["tag.arm", "stages.shared.learningRate", "closed-vqa/accuracy.micro"];
    const found = withFields(listRuns(runsDir), { columns });
    expect(found.map(({ fields }) => columns.map((name) => fields.get(name) ?? null))).toEqual([
      ["wide", 0.01, 0.75],
      [null, 0.001, 0.25],
      [null, 0.01, null],
    ]);
    const error = await caught(() => withFields(listRuns(runsDir), { columns: ["sed"] }));
    expect(error.message).toContain('--columns: no run has a field "sed", did you mean "seed"?');
  });

  it("of an empty folder are no mistake: nothing is known of its configuration", () => {
    const filter = { text: "model.size=3", expression: parseFilter("model.size=3") };
    expect(filtered(withFields([], { filter, columns: ["a.b"] }), filter)).toEqual([]);
  });
});

describe("a value of a field", () => {
  const run = (fields: Readonly<Record<string, string | number | boolean | null>>) => ({
    run: {} as never,
    fields: new Map(Object.entries(fields)),
  });
  /** Field, what it is in a run, the comparison, and whether it holds. */
  const known: readonly (readonly [string | number | boolean | null, string, boolean])[] = [
    [3, "x=3", true],
    [3, "x=3.0", true],
    [3, "x=0x3", true],
    [3, "x!=3", false],
    [0.1, "x=1e-1", true],
    [0.1, "x<0.10000001", true],
    [-2, "x<-1", true],
    [-2, "x>=-2", true],
    [-2, "x>-2", false],
    [0, "x<=0", true],
    [true, "x=true", true],
    [true, "x=false", false],
    [true, "x!=false", true],
    ["true", "x=true", true],
    ["a b", "x='a b'", true],
    ["a b", 'x~"B"', true],
    ["a b", "x~c", false],
    ["", 'x=""', true],
    ["null", 'x="null"', true],
    ["null", "x=null", true],
    [null, "x=null", true],
    [null, 'x="null"', false],
    [null, "x!=null", false],
    [null, "x=0", false],
    [null, "x!=0", true],
    [null, "x~a", false],
    ["10", "x=10", true],
    ["1e1", "x=10", false],
  ];

  it.each(known)("%j with %s: %j", (value, text, expected) => {
    const filter = { text, expression: parseFilter(text) };
    expect(filtered([run({ x: value })], filter)).toHaveLength(expected ? 1 : 0);
  });

  it("of several kinds over the runs is compared where it is a number, and is not less than one where it is a word", () => {
    const runs = [run({ x: 1 }), run({ x: "auto" }), run({ x: 3 }), run({ x: null })];
    const kept = (text: string) =>
      filtered(runs, { text, expression: parseFilter(text) }).map((one) => one.fields.get("x"));
    expect(kept("x<2")).toEqual([1]);
    expect(kept("x>=1")).toEqual([1, 3]);
    expect(kept("x=auto")).toEqual(["auto"]);
    expect(kept("not x<2")).toEqual(["auto", 3, null]);
    expect(kept("x=null")).toEqual([null]);
  });

  it("that is a time stands in the order of its text", () => {
    const runs = ["2026-11-28T10:00:00.000Z", "2026-11-29T10:00:00.000Z"].map((created) => run({ created }));
    const kept = (text: string) => filtered(runs, { text, expression: parseFilter(text) }).length;
    expect([kept("created<2026-11-29"), kept("created>=2026-11-28"), kept("created>2026-11-30")]).toEqual([
      1, 2, 0,
    ]);
    expect(kept('created="2026-11-29T10:00:00.000Z"')).toBe(1);
    expect(kept("created~2026-11-2")).toBe(2);
  });
});

describe("a filter over runs", () => {
  const atoms = [
    "seed>=2",
    "seed=1",
    "tag.arm=wide",
    "name~other",
    "closed-vqa/accuracy.micro>0.5",
    "stages.shared.learningRate<5e-3",
  ];
  const known = new Map<string, readonly number[]>();
  const keptBy = (text: string): readonly number[] => {
    const found = known.get(text) ?? kept(text);
    known.set(text, found);
    return found;
  };
  interface Tree {
    readonly text: string;
    readonly keeps: (run: number) => boolean;
  }
  const bracketed = ({ text }: Tree): string => `(${text})`;
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(...atoms).map((text) => ({ text, keeps: (run: number) => keptBy(text).includes(run) })),
      tie("tree").map((part) => ({
        text: `not ${bracketed(part)}`,
        keeps: (run: number) => !part.keeps(run),
      })),
      fc.tuple(tie("tree"), tie("tree")).map(([one, other]) => ({
        text: `${bracketed(one)} and ${bracketed(other)}`,
        keeps: (run: number) => one.keeps(run) && other.keeps(run),
      })),
      fc.tuple(tie("tree"), tie("tree")).map(([one, other]) => ({
        text: `${bracketed(one)} or ${bracketed(other)}`,
        keeps: (run: number) => one.keeps(run) || other.keeps(run),
      })),
    ),
  }));

  it("keeps the runs that its parts keep, joined as logic joins them", () => {
    fc.assert(
      fc.property(tree, ({ text, keeps }) => {
        expect(kept(text)).toEqual([0, 1, 2].filter(keeps));
      }),
      { seed: 20261129, numRuns: 60 },
    );
  });

  it("gives not of an or what and of the nots gives", () => {
    expect(kept("not (seed=1 or name=other)")).toEqual(kept("not seed=1 and not name=other"));
    expect(kept("not seed<2")).toEqual(kept("seed>=2"));
  });

  it("takes a run that cannot be read for one without fields of its files", () => {
    const broken = join(runsDir, "20200101-000000-broken-2222");
    mkdirSync(broken);
    writeFileSync(join(broken, "resolved.json"), "{");
    writeFileSync(join(broken, "scorecard.json"), '{"scorecard": 3}');
    const filter = { text: "state=broken", expression: parseFilter("state=broken") };
    const columns = ["reason", "seed", "stages.shared.steps"];
    const found = filtered(withFields(listRuns(runsDir), { filter, columns }), filter);
    expect(found.map(({ fields }) => columns.map((name) => fields.get(name) ?? null))).toEqual([
      ["state.json is missing", null, null],
    ]);
    expect(kept("seed!=1 and not state=broken")).toEqual([1, 2]);
    expect(kept("seed=null")).toEqual([-1]);
  });
});
