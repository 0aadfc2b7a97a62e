// Files of other programs that are damaged in every way: each is read, or refused by a typed error of bad data; none
// crashes, hangs, or gives a number of rows that it does not have.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readForeign } from "../../ts/cli/foreign.ts";
import { readNamed } from "../../ts/cli/predictions.ts";
import { Flags } from "../../ts/cli/words/command.ts";
import { errorCodes, TomoeError } from "../../ts/errors.ts";
import { readJudged, readMapping, seededUniform } from "../../ts/eval/index.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { zipOf } from "../support/zip.ts";

const folder = temporaryFolder();
const { signal } = new AbortController();
const perFile = 150;

const rows = Array.from({ length: 12 }, (_, at) => ({
  id: `q${at}`,
  patient: `P${at >> 1}`,
  target: at % 2 === 0 ? "A" : "B",
  prediction: at % 3 === 0 ? "A. liver" : 'no, "B"',
}));
const lines = (values: readonly object[]): string => values.map((one) => JSON.stringify(one)).join("\n");
const choices = ["liver", "spleen"];

const files: Readonly<Record<string, Uint8Array>> = {
  "table.csv": Buffer.from(
    [
      "id,case,subject,task,choices,target,prediction",
      ...rows.map(
        ({ id, patient, target, prediction }) =>
          `${id},c${id},${patient},closed-vqa,liver|spleen,${target},"${prediction.replaceAll('"', '""')}"`,
      ),
    ].join("\r\n"),
  ),
  "log.eval": zipOf(
    rows.map(({ id, patient, target, prediction }) => ({
      name: `samples/${id}_epoch_1.json`,
      content: JSON.stringify({
        id,
        epoch: 1,
        input: "Q?",
        choices,
        target,
        output: { choices: [{ message: { content: prediction } }] },
        metadata: { case: id, patient },
      }),
    })),
  ),
  "samples_task.jsonl": Buffer.from(
    lines(
      rows.map(({ patient, target, prediction }, at) => ({
        doc_id: at,
        doc: { choices, patient, case: `c${at}` },
        target,
        resps: [[prediction]],
        filtered_resps: [prediction],
      })),
    ),
  ),
  "eee_samples.jsonl": Buffer.from(
    lines(
      rows.map(({ id, patient, target, prediction }) => ({
        evaluation_id: "e",
        sample_id: id,
        interaction_type: "single_turn",
        input: { raw: "Q?", reference: [target], choices },
        output: { raw: [prediction] },
        metadata: { case: id, patient },
      })),
    ),
  ),
};

const judged = Buffer.from(
  lines([
    { bounds: [1, 5] },
    ...rows.map(({ id }, at) => ({
      id,
      task: "open-vqa",
      judge: at % 2 === 0 ? "reader" : "other",
      value: 1 + (at % 5),
      signature: "form v2",
    })),
  ]),
);
const pairs = Buffer.from(lines(rows.map(({ id }) => ({ a: id, b: `m-${id}` }))));

/** Bytes with one of them changed, some cut out, doubled or put in, or the end cut off. */
function damaged(bytes: Uint8Array, uniform: () => number): Uint8Array {
  const at = Math.floor(uniform() * bytes.length),
    size = 1 + Math.floor(uniform() * 40);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  const kind = Math.floor(uniform() * 5);
  if (kind === 0) return before;
  if (kind === 1) return Buffer.concat([before, after.subarray(size)]);
  if (kind === 2) return Buffer.concat([before, after.subarray(0, size), after]);
  const noise = Buffer.from(Array.from({ length: size }, () => Math.floor(uniform() * 256)));
  if (kind === 3) return Buffer.concat([before, noise, after]);
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(uniform() * 8));
  return changed;
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100) yield await Promise.resolve(bytes.subarray(at, at + 100));
}

/** What reading gives: how many rows, or the exit code of a typed error. */
async function outcome(
  read: () => Promise<number>,
): Promise<{ readonly rows: number } | { readonly exit: number }> {
  try {
    return { rows: await read() };
  } catch (error) {
    if (!(error instanceof TomoeError)) throw error;
    expect(error.hint).not.toBe("");
    expect(error.message).not.toMatch(/undefined|\[object Object\]|\p{Cc}(?<![\n\t])/u);
    return { exit: errorCodes[error.code].exit };
  }
}

describe("a damaged file of another program", () => {
  it.each(Object.keys(files))("%s is read or refused as bad data", async (name) => {
    const whole = files[name] ?? new Uint8Array(0),
      uniform = seededUniform(name.length);
    const path = join(folder, name);
    const read = async (bytes: Uint8Array): Promise<number> => {
      writeFileSync(path, bytes);
      return (await readNamed(path, { flags: new Flags([]), signal })).rows.length;
    };
    expect(await outcome(() => read(whole))).toEqual({ rows: rows.length });
    for (let time = 0; time < perFile; time += 1) {
      const found = await outcome(() => read(damaged(whole, uniform)));
      if ("exit" in found) expect(found.exit).toBe(65);
      else expect(found.rows).toBeLessThanOrEqual(rows.length + 1);
    }
  });

  it("of another ending is none of them", async () => {
    expect(await readForeign(join(folder, "a.jsonl"), {}, signal)).toBeUndefined();
  });
});

describe("a damaged file of what judges said, or of pairs", () => {
  it.each([
    [
      "judged items",
      judged,
      async (bytes: Uint8Array) => (await readJudged(inPieces(bytes), "j", signal)).length,
    ],
    ["pairs", pairs, async (bytes: Uint8Array) => (await readMapping(inPieces(bytes), "p", signal)).size],
  ] as const)("of %s is read or refused as bad data", async (_what, whole, read) => {
    const uniform = seededUniform(whole.length);
    expect(await outcome(() => read(whole))).toHaveProperty("rows");
    for (let time = 0; time < perFile; time += 1) {
      const found = await outcome(() => read(damaged(whole, uniform)));
      if ("exit" in found) expect(found.exit).toBe(65);
    }
  });
});
