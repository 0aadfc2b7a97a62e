import { factClasses, phantomTruth } from "../../../../../../ts/data/phantom/truth/facts.ts";
import type { SeedStream } from "../../../../../../ts/data/phantom/truth/seeds.ts";
import { phantomSeed } from "../../../../../../ts/data/phantom/truth/seeds.ts";
import type { Split } from "../../../../../../ts/data/phantom/words/questions.ts";
import { parseItemId, phantomItems } from "../../../../../../ts/data/phantom/words/questions.ts";
import type { QuestionKind } from "../../../../../../ts/data/phantom/words/wording.ts";
import {
  kindTable,
  questionKinds,
  questionPhrasings,
  reportPrompts,
} from "../../../../../../ts/data/phantom/words/wording.ts";
import type { ItemRow } from "../../../../../../ts/schema/sample.ts";
import { itemRowSchema } from "../../../../../../ts/schema/sample.ts";
import { questionTypes } from "../../../../../../ts/schema/task.ts";

function itemsOf(split: Split, stream: SeedStream, count: number): readonly ItemRow[] {
  return Array.from({ length: count }, (_, index) =>
    phantomItems(phantomTruth(phantomSeed(5, stream, index)), `${split}-${index}`, split),
  ).flat();
}

const volumes = 1500;
const train = itemsOf("train", "train", volumes);
const test = itemsOf("test", "heldOut", volumes);
const kindOf = (item: ItemRow): string => parseItemId(item.id).kind;
const byKind = (items: readonly ItemRow[], kind: string): readonly ItemRow[] =>
  items.filter((item) => kindOf(item) === kind);

describe("phantomItems", () => {
  it("gives rows of the item schema with ids of their own", () => {
    for (const item of [...train.slice(0, 3000), ...test.slice(0, 3000)])
      expect(itemRowSchema.parse(item)).toEqual(item);
    expect(new Set([...train, ...test].map((item) => item.id)).size).toBe(train.length + test.length);
  });

  it("asks what the facts answer: the target is the fact's class, one of four different options", () => {
    for (let index = 0; index < 300; index += 1) {
      const truth = phantomTruth(phantomSeed(6, "train", index));
      for (const item of phantomItems(truth, "c", "validation")) {
        if (item.task === "report") continue;
        const { type, fact } = kindTable[kindOf(item) as QuestionKind];
        expect(item.type).toBe(type);
        expect(item.target).toBe(truth[fact]);
        expect(item.task).toBe(item.choices === undefined ? "open-vqa" : "closed-vqa");
        if (item.choices !== undefined)
          expect([...item.choices].sort()).toEqual([...factClasses[fact]].sort());
      }
    }
  });

  it("asks six to seven questions a volume, 70 % of them closed in training, and one report", () => {
    const questions = train.filter((item) => item.task !== "report");
    expect(questions.length / volumes).toBeGreaterThan(6);
    expect(questions.length / volumes).toBeLessThan(7.2);
    const closed = questions.filter((item) => item.task === "closed-vqa").length / questions.length;
    expect(Math.abs(closed - 0.7)).toBeLessThan(5 * Math.sqrt(0.21 / questions.length));
    expect(train.length - questions.length).toBe(volumes);
  });

  it("asks each question of a held-out volume closed and about 30 % of them once more open", () => {
    const closed = test.filter((item) => item.task === "closed-vqa"),
      open = test.filter((item) => item.task === "open-vqa");
    const closedOf = new Set(closed.map((item) => `${item.case}/${kindOf(item)}`));
    expect(closedOf.size).toBe(closed.length);
    for (const item of open) expect(closedOf.has(`${item.case}/${kindOf(item)}`)).toBe(true);
    expect(Math.abs(open.length / closed.length - 0.3)).toBeLessThan(5 * Math.sqrt(0.21 / closed.length));
  });

  it("never trains on phrasings kept out and flags the fifth of held-out items that use them", () => {
    for (const item of train) expect(parseItemId(item.id).wording).toBe("seen");
    const unseen = test.filter((item) => parseItemId(item.id).wording === "unseen");
    expect(Math.abs(unseen.length / test.length - 0.2)).toBeLessThan(5 * Math.sqrt(0.16 / test.length));
    for (const item of [...train, ...test]) {
      const { kind, wording } = parseItemId(item.id);
      const phrasings = kind === "report" ? reportPrompts : questionPhrasings[kind as QuestionKind];
      expect(phrasings[wording]).toContain(item.question);
    }
    for (const kind of questionKinds)
      expect(new Set(byKind(train, kind).map((item) => item.question)).size).toBe(
        questionPhrasings[kind].seen.length,
      );
  });

  it("makes the four answers of every kind equally likely, within five standard errors", () => {
    for (const kind of questionKinds) {
      const items = byKind(train, kind);
      for (const answer of factClasses[kindTable[kind].fact]) {
        const share = items.filter((item) => item.target === answer).length / items.length;
        expect(Math.abs(share - 0.25)).toBeLessThan(5 * Math.sqrt(0.1875 / items.length));
      }
    }
  });

  it("puts the right option at each of the four places equally often, within five standard errors", () => {
    const closed = train.filter((item) => item.task === "closed-vqa");
    for (let place = 0; place < 4; place += 1) {
      const share = closed.filter((item) => item.choices?.[place] === item.target).length / closed.length;
      expect(Math.abs(share - 0.25)).toBeLessThan(5 * Math.sqrt(0.1875 / closed.length));
    }
  });

  it("scores chance for whoever answers without looking: the commonest training answer of each text gives .25 on every type", () => {
    const counts = new Map<string, Map<string, number>>();
    for (const item of train) {
      const answers = counts.get(item.question) ?? new Map<string, number>();
      answers.set(item.target, (answers.get(item.target) ?? 0) + 1);
      counts.set(item.question, answers);
    }
    for (const type of questionTypes) {
      const asked = test.filter(
        (item) => item.task === "closed-vqa" && item.type === type && counts.has(item.question),
      );
      const right = asked.filter(
        (item) => [...(counts.get(item.question) ?? [])].sort((a, b) => b[1] - a[1])[0]?.[0] === item.target,
      ).length;
      expect(asked.length).toBeGreaterThan(400);
      expect(Math.abs(right / asked.length - 0.25)).toBeLessThan(4 * Math.sqrt(0.1875 / asked.length));
    }
  });

  it("scores chance for whoever knows all answers to the other questions of a volume but the organ pair", () => {
    // A lesion's organ is never missing, so these two tell a little about each other; no other pair of kinds
    // may.
    const targets = new Map<string, Map<string, string>>();
    for (const item of train)
      if (item.task !== "report")
        targets.set(
          item.case,
          (targets.get(item.case) ?? new Map<string, string>()).set(kindOf(item), item.target),
        );
    for (const known of questionKinds) {
      for (const asked of questionKinds) {
        if (
          known === asked ||
          (known.endsWith("organ") && asked.endsWith("organ")) ||
          known === "plane" ||
          asked === "plane"
        )
          continue;
        expect(
          chiSquare([...targets.values()].map((answers) => [answers.get(known), answers.get(asked)])),
        ).toBeLessThan(33.7);
      }
    }
  });

  it("is a pure function of truth, case and split", () => {
    const truth = phantomTruth(99);
    expect(phantomItems(truth, "c", "test")).toEqual(phantomItems(truth, "c", "test"));
  });
});

/** Pearson's statistic of a 4 x 4 table of pairs; 9 degrees of freedom, 33.7 is the 0.9999 quantile. */
function chiSquare(pairs: readonly (readonly [string | undefined, string | undefined])[]): number {
  const complete = pairs.filter(([a, b]) => a !== undefined && b !== undefined);
  const count = (test: (pair: (typeof complete)[number]) => boolean): number => complete.filter(test).length;
  const rows = [...new Set(complete.map(([a]) => a))],
    columns = [...new Set(complete.map(([, b]) => b))];
  let sum = 0;
  for (const a of rows)
    for (const b of columns) {
      const expected = (count((pair) => pair[0] === a) * count((pair) => pair[1] === b)) / complete.length;
      sum += (count((pair) => pair[0] === a && pair[1] === b) - expected) ** 2 / expected;
    }
  return sum;
}

describe("parseItemId", () => {
  it("takes an id apart", () => {
    expect(parseItemId("test-00012:granuloma-higher:closed:unseen")).toEqual({
      caseId: "test-00012",
      kind: "granuloma-higher",
      form: "closed",
      wording: "unseen",
    });
  });

  it.each(["", "a:b:closed", "a:b:shut:seen", "a:b:open:maybe", "a:b:open:seen:more", ":b:open:seen"])(
    "refuses %p, naming it",
    (id) => {
      try {
        parseItemId(id);
      } catch (error) {
        expect((error as { code: string }).code).toBe("DATA_MANIFEST");
        expect((error as Error).message).toBe(
          `[DATA_MANIFEST] item id "${id}" is not case:kind:form:wording`,
        );
        return;
      }
      throw new Error("accepted");
    },
  );
});
