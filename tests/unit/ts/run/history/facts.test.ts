import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { causeKinds, causesBetween, type RunFacts, readFacts } from "../../../../../ts/run/history/facts.ts";
import { openRun } from "../../../../../ts/track/read/index.ts";
import { caught } from "../../../../support/caught.ts";
import { type PastRun, pastRun } from "../../../../support/past-runs.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";
import { finishedRun } from "../../track/fixtures.ts";

const runsDir = join(temporaryFolder(), "runs");
const open = async (past: PastRun) => await openRun(runsDir, await pastRun(runsDir, past));

describe("what differs between two runs", () => {
  it("is nothing where the same was run twice, wherever its worker listened", async () => {
    const facts = [await readFacts(await open({})), await readFacts(await open({}))] as const;
    const { causes, equal } = causesBetween(...facts);
    expect(causes).toEqual([]);
    expect(equal).toMatchObject({ seed: 1, data: 2, code: 0, environment: 2 });
    expect(equal.config).toBeGreaterThan(5);
  });

  it("is told leaf by leaf and by kind, seed first", async () => {
    const a = await readFacts(await open({ seed: 1, learningRate: 0.01 }));
    const b = await readFacts(await open({ seed: 2, learningRate: 0.02, environment: { torch: "2.14.0" } }));
    expect(causesBetween(a, b).causes).toEqual([
      { kind: "seed", path: "seed", a: 1, b: 2 },
      { kind: "config", path: "stages.shared.learningRate", a: 0.01, b: 0.02 },
      { kind: "environment", path: "environment.torch", a: "2.13.0", b: "2.14.0" },
    ]);
  });

  it("holds what one run alone has, null on the other side", async () => {
    const run = await open({});
    const other = await open({ startsFrom: "another" });
    rmSync(join(other.dir, "environment.json"));
    rmSync(join(other.dir, "trained-on.json"));
    const { causes } = causesBetween(await readFacts(run), await readFacts(other));
    expect(causes).toContainEqual({ kind: "config", path: "model.base.kind", a: "tiny-phi3v", b: null });
    expect(causes).toContainEqual({ kind: "config", path: "model.base.start.runId", a: null, b: "another" });
    expect(causes).toContainEqual({ kind: "data", path: "patients", a: 1, b: null });
    expect(causes).toContainEqual({ kind: "environment", path: "environment.torch", a: "2.13.0", b: null });
  });

  it("is looked for in every rank", async () => {
    const run = await open({});
    const other = await open({});
    const rank = (torch: string) => ({ rank: 0, device: "cpu", environment: { torch } });
    writeFileSync(other.paths.environment, JSON.stringify([rank("2.13.0"), rank("2.12.0")]));
    const { causes } = causesBetween(await readFacts(run), await readFacts(other));
    expect(causes).toContainEqual({
      kind: "environment",
      path: "rank.1.environment.torch",
      a: null,
      b: "2.12.0",
    });
  });

  it("is not guessed where a file of the record is damaged", async () => {
    const run = await open({});
    writeFileSync(run.paths.resolved, "{");
    expect(await caught(() => readFacts(run))).toMatchObject({ code: "RECORD_INVALID", exitCode: 65 });
  });
});

describe("the causes between two lists of leaves", () => {
  const value = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom("a", "b"), fc.boolean());
  const leaves = fc.dictionary(fc.constantFrom("p", "q", "r", "s.t"), value);
  const facts = fc
    .tuple(leaves, leaves, leaves, leaves, leaves)
    .map(
      (all) =>
        Object.fromEntries(
          causeKinds.map((kind, at) => [kind, new Map(Object.entries(all[at] ?? {}))]),
        ) as unknown as RunFacts,
    );

  it("are each leaf that is not equal, once, and with the equal ones they are all there are", () => {
    fc.assert(
      fc.property(facts, facts, (a, b) => {
        const { causes, equal } = causesBetween(a, b);
        for (const kind of causeKinds) {
          const paths = new Set([...a[kind].keys(), ...b[kind].keys()]);
          const differing = [...paths].filter((path) => a[kind].get(path) !== b[kind].get(path));
          const told = causes.filter((cause) => cause.kind === kind);
          expect(told.map(({ path }) => path).sort()).toEqual(differing.sort());
          expect(told.length + equal[kind]).toBe(paths.size);
          for (const cause of told) {
            expect(cause.a).toBe(a[kind].get(cause.path) ?? null);
            expect(cause.b).toBe(b[kind].get(cause.path) ?? null);
          }
        }
      }),
      { seed: 20261129 },
    );
  });

  it("are the same ones from the other side, with the values exchanged", () => {
    fc.assert(
      fc.property(facts, facts, (a, b) => {
        const key = ({ kind, path }: { kind: string; path: string }): string => `${kind} ${path}`;
        const there = new Map(causesBetween(b, a).causes.map((cause) => [key(cause), cause]));
        const here = causesBetween(a, b).causes;
        expect(here).toHaveLength(there.size);
        for (const cause of here) expect(there.get(key(cause))).toEqual({ ...cause, a: cause.b, b: cause.a });
      }),
      { seed: 20261129 },
    );
  });

  it("are told by kind in one order, whatever there is of each", () => {
    fc.assert(
      fc.property(facts, facts, (a, b) => {
        const order = causesBetween(a, b).causes.map(({ kind }) => causeKinds.indexOf(kind));
        expect(order).toEqual(order.toSorted((one, other) => one - other));
      }),
      { seed: 20261129 },
    );
  });
});

describe("the facts of a run with a checkpoint", () => {
  it("hold what the checkpoint was made with: data, tokenizer, policy and version", async () => {
    const run = await finishedRun(runsDir, "trained");
    const other = await finishedRun(runsDir, "trained");
    const opened = await openRun(runsDir, run.runId);
    const found = await readFacts(opened);
    expect(found.data.get("fingerprint")).toBe("d".repeat(64));
    expect(found.data.get("preprocess")).toBe("e".repeat(64));
    expect(found.data.get("tokenizer")).toBe("f".repeat(64));
    expect(found.code.get("policy")).toBe("a".repeat(64));
    expect(found.code.get("tomoe")).toBe("0.1.0");
    // The seed of a run whose configuration does not name one is that of its state.
    expect(found.seed.get("seed")).toBe(7);
    expect(causesBetween(found, await readFacts(await openRun(runsDir, other.runId))).causes).toEqual([]);
  });
});
