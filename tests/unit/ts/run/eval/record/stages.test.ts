import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SpaceWaiter } from "../../../../../../ts/files/index.ts";
import {
  inStage,
  isFailure,
  type OpenStage,
  type StageName,
  type StageWorld,
  summarise,
} from "../../../../../../ts/run/eval/record/stages.ts";
import { caught } from "../../../../../support/caught.ts";
import { freshFolder } from "../../fixtures.ts";

function world(root = freshFolder(), fresh: readonly StageName[] = []): StageWorld {
  const notice = (): void => undefined;
  return { root, fresh: new Set(fresh), space: new SpaceWaiter({ timeoutMs: 0, pollMs: 1 }, notice), notice };
}
const wish = (inputs: object = {}, name: StageName = "score") => ({
  name,
  part: "items",
  inputs: { ...inputs },
});
const two = async ({ log }: OpenStage) => {
  await log.append([{ id: "a" }, { id: "b", error: { code: "X" } }]);
  return { said: "so" };
};
const never = (): Promise<never> => {
  throw new Error("it was done already");
};

describe("a part of a stage", () => {
  it("is done once for the same inputs, whatever the order of their keys", async () => {
    const place = world();
    const first = await inStage(place, wish({ one: 1, two: [2] }), two);
    expect([first.cached, first.rows.length, first.failed, first.result]).toEqual([
      false,
      2,
      1,
      { said: "so" },
    ]);
    const again = await inStage(place, wish({ two: [2], one: 1 }), never);
    expect(again).toMatchObject({ cached: true, digest: first.digest, failed: 1, result: { said: "so" } });
    expect(again.rows).toEqual(first.rows);
  });

  it("is another one for any other input, name or part", async () => {
    const place = world();
    const digests = [
      await inStage(place, wish({ one: 1 }), two),
      await inStage(place, wish({ one: 2 }), two),
      await inStage(place, { ...wish({ one: 1 }), part: "other" }, two),
      await inStage(place, wish({ one: 1 }, "extract"), two),
    ].map(({ digest }) => digest);
    expect(new Set(digests).size).toBe(4);
    expect(readdirSync(place.root)).toHaveLength(4);
  });

  it("goes on after a failure with the rows that were appended, and is not called done before", async () => {
    const place = world();
    const failure = await caught(() =>
      inStage(place, wish(), async (stage) => {
        await two(stage);
        const { bug } = await import("../../../../../../ts/errors.ts");
        throw bug("in the middle");
      }),
    );
    expect(failure.message).toContain("in the middle");
    const seen: string[] = [];
    const { rows } = await inStage(place, wish(), async ({ log }) => {
      seen.push(...log.ids);
      await log.append([{ id: "c" }]);
      return null;
    });
    expect([seen, rows.map(({ id }) => id)]).toEqual([
      ["a", "b"],
      ["a", "b", "c"],
    ]);
  });

  it("is done anew where that is asked for, and nothing of what was there stays", async () => {
    const place = world();
    await inStage(place, wish(), two);
    const { rows, cached } = await inStage(world(place.root, ["score"]), wish(), async ({ log }) => {
      await log.append([{ id: "new" }]);
      return null;
    });
    expect([rows, cached]).toEqual([[{ id: "new" }], false]);
  });

  it("is refused where its rows were changed afterwards, with what does it again", async () => {
    const place = world();
    const { dir } = await inStage(place, wish(), two);
    appendFileSync(join(dir, "rows.jsonl"), `${JSON.stringify({ id: "planted" })}\n`);
    const failure = await caught(() => inStage(place, wish(), never));
    expect([failure.code, failure.exitCode]).toEqual(["RECORD_INVALID", 65]);
    expect(failure.hint).toContain("--from score");
  });

  it("is worked on by one process at a time, and its lock is gone afterwards", async () => {
    const place = world();
    const { dir } = await inStage(place, wish(), async (stage) => {
      const failure = await caught(() => inStage(place, wish(), two));
      expect([failure.code, failure.exitCode]).toEqual(["LOCKED", 77]);
      return await two(stage);
    });
    expect(existsSync(join(dir, "lock"))).toBe(false);
    const done = JSON.parse(readFileSync(join(dir, "done.json"), "utf8")) as { readonly inputs: object };
    expect(done.inputs).toMatchObject({ stage: "score", part: "items" });
  });
});

it("a row with an error is a failure, and no other", () => {
  expect([isFailure({ id: "a", error: null }), isFailure({ id: "a", text: "error" })]).toEqual([true, false]);
});

it("stages are summed up over their parts, in their order, and time counts where something was done", () => {
  const part = (name: StageName, digest: string, cached: boolean) => ({
    name,
    digest,
    dir: "",
    cached,
    rows: [{ id: "a" }],
    failed: 1,
    seconds: 2,
    result: null,
  });
  const found = summarise([
    part("score", "1", true),
    part("generate", "2", false),
    part("generate", "3", true),
  ]);
  expect(
    found.map(({ name, cached, rows, failed, seconds }) => [name, cached, rows, failed, seconds]),
  ).toEqual([
    ["generate", false, 2, 2, 2],
    ["score", true, 1, 1, 0],
  ]);
  const swapped = summarise([part("generate", "3", true), part("generate", "2", false)]);
  expect(swapped[0]?.digest).not.toBe(found[0]?.digest);
});
