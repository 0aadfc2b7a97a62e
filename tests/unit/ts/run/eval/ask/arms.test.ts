import { SpaceWaiter } from "../../../../../../ts/files/index.ts";
import { adversaryArms, armNames, arms, otherPatients } from "../../../../../../ts/run/eval/ask/arms.ts";
import { type EvaluatedCase, evaluatedCases } from "../../../../../../ts/run/evaluate/cases.ts";
import { cachedCorpus } from "../../cached-corpus.ts";
import { freshFolder, newJob, resolvedWith } from "../../fixtures.ts";

const caseOf = (id: string, subject: string): EvaluatedCase =>
  ({ id, subject, items: [], volume: { volumeId: `volume ${id}` } }) as unknown as EvaluatedCase;
const ids = (cases: readonly (EvaluatedCase | undefined)[]) => cases.map((one) => one?.id);

describe("the scan of another patient", () => {
  it("is the next one's, and the first one's for the last", () => {
    const cases = [caseOf("a", "P1"), caseOf("b", "P2"), caseOf("c", "P3")];
    expect(ids(otherPatients(cases))).toEqual(["b", "c", "a"]);
  });

  it("is never one of the same patient", () => {
    const cases = [caseOf("a", "P1"), caseOf("a2", "P1"), caseOf("b", "P2"), caseOf("a3", "P1")];
    const others = otherPatients(cases);
    for (const [at, other] of others.entries()) expect(other?.subject).not.toBe(cases[at]?.subject);
    expect(ids(others)).toEqual(["b", "b", "a3", "b"]);
  });

  it("is none where there is one patient, and the arm is left out with the reason", () => {
    const cases = [caseOf("a", "P1"), caseOf("a2", "P1")];
    expect(ids(otherPatients(cases))).toEqual([undefined, undefined]);
    expect(arms["other-scan"].leftOut(cases)).toBe("the cases are of one patient");
    expect(arms["other-scan"].leftOut([...cases, caseOf("b", "P2")])).toBeUndefined();
  });
});

describe("the volumes of an arm", () => {
  async function material() {
    const corpus = cachedCorpus(freshFolder());
    const { job } = await newJob({ corpus });
    const cases = evaluatedCases(job);
    const space = new SpaceWaiter({ timeoutMs: 0, pollMs: 1 }, () => undefined);
    return { resolved: resolvedWith(), cases, cacheDir: corpus.cacheDir, space };
  }

  it("are a case's own, the next patient's, or made of air, in the order of the cases", async () => {
    const place = await material();
    const part = place.cases.slice(1, 3);
    const idsOf = async (name: keyof typeof arms) =>
      (await arms[name].volumesOf(place, part, 1)).map(({ volumeId }) => volumeId);
    const own = part.map(({ volume }) => volume.volumeId);
    expect(await idsOf("own")).toEqual(own);
    expect(await idsOf("text-only")).toEqual(own);
    expect(await idsOf("other-scan")).toEqual(
      [place.cases[2], place.cases[0]].map((one) => one?.volume.volumeId),
    );
    expect(await idsOf("blank")).toEqual(own.map((id) => `${id}/blank`));
  });
});

it("only the arm without an image does not see one, and only the one in words answers in words", () => {
  expect(armNames.filter((name) => !arms[name].seesImage)).toEqual(["text-only"]);
  expect(armNames.filter((name) => arms[name].inWords)).toEqual(["own-words"]);
  expect(armNames.filter((name) => !(adversaryArms as readonly string[]).includes(name))).toEqual([
    "own",
    "own-words",
  ]);
  for (const name of armNames) expect([name, arms[name].says.length > 10]).toEqual([name, true]);
});
