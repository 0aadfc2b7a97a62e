import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Certificate,
  certificateDigest,
  differences,
  readCertificate,
} from "../../../../../../ts/data/sources/certified/certificate.ts";
import { caught } from "../../../../../support/caught.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const digest = (letter: string): string => letter.repeat(64);

const split = { patients: 2, cases: 3, items: 4, rows: digest("a"), scans: digest("b") };
const body = {
  filters: [{ name: "no-chest", of: "cases", split: "train", before: 5, after: 3 } as const],
  splits: { train: split, validation: { ...split, rows: digest("c") }, test: split },
  leaks: [],
};
const certificate: Certificate = {
  format: "tomoe.certificate/1",
  layout: "ct-rate",
  ...body,
  digest: certificateDigest(body),
};

let made = 0;
function written(value: unknown): string {
  const path = join(root, `c${made++}.json`);
  writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value));
  return path;
}

describe("the digest of a certificate", () => {
  it("is over filters, counts, content and leaks, and not over the layout's name", () => {
    const others: readonly Partial<typeof body>[] = [
      { filters: [] },
      { splits: { ...body.splits, test: { ...split, items: 5 } } },
      { splits: { ...body.splits, test: { ...split, scans: digest("d") } } },
      { leaks: [{ kind: "report", splits: ["train", "test"], count: 1 }] as never },
    ];
    const digests = others.map((other) => certificateDigest({ ...body, ...other }));
    expect(new Set([certificate.digest, ...digests]).size).toBe(5);
    expect(certificateDigest({ ...certificate, layout: "table" } as Certificate)).toBe(certificate.digest);
  });
});

describe("a certificate's file", () => {
  it("is read as it was written", async () => {
    expect(await readCertificate(written(certificate))).toEqual(certificate);
  });

  it.each<[string, unknown, string]>([
    [
      "a number that was changed",
      { ...certificate, splits: { ...body.splits, test: { ...split, cases: 9 } } },
      "was changed",
    ],
    ["a filter that was taken out", { ...certificate, filters: [] }, "was changed"],
    ["a digest of another one", { ...certificate, digest: digest("0") }, "was changed"],
    ["another format", { ...certificate, format: "tomoe.certificate/2" }, "no certificate: format"],
    ["a key that is none", { ...certificate, more: 1 }, "no certificate"],
    ["a digest that is none", { ...certificate, digest: "abc" }, "no certificate: digest"],
    ["text", "not json", "no certificate: it is not JSON"],
  ])("is refused with %s", async (_what, value, message) => {
    const error = await caught(() => readCertificate(written(value)));
    expect([error.code, error.exitCode]).toEqual(["DATA_MANIFEST", 65]);
    expect(error.message).toContain(message);
  });

  it("has to be there", async () => {
    const error = await caught(() => readCertificate(join(root, "gone.json")));
    expect([error.code, error.exitCode]).toEqual(["PATH_NOT_FOUND", 64]);
  });
});

describe("what differs from a certificate", () => {
  it("is nothing where counts and rows are equal", () => {
    expect(differences(certificate, body)).toEqual([]);
  });

  it("is told by filter and split, with both figures", () => {
    const found = {
      filters: [
        { name: "no-chest", of: "cases", split: "train", before: 5, after: 4 },
        { name: "problems", of: "items", split: null, before: 4, after: 3 },
      ] as const,
      splits: {
        train: { ...split, cases: 4 },
        validation: { ...split, rows: digest("e") },
        test: { ...split, patients: 1, items: 1 },
      },
    };
    expect(differences(certificate, found)).toEqual([
      "filter no-chest of cases in train leaves 4 of 5, certified: it leaves 3 of 5",
      "filter problems of items leaves 3 of 4, certified: it is not there",
      "train has 4 cases, certified: 3",
      "validation says or asks something else than what was certified, in as many rows",
      "test has 1 patients, certified: 2",
      "test has 1 items, certified: 4",
    ]);
  });

  it("is told of a filter that is not applied any more", () => {
    expect(differences(certificate, { ...body, filters: [] })).toEqual([
      "filter no-chest of cases in train is not there, certified: it leaves 3 of 5",
    ]);
  });
});
