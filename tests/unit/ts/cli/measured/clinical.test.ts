import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { clinicalEnv, clinicalHint, isClinical } from "../../../../../ts/cli/measured/clinical.ts";
import { metricNames, metricRow } from "../../../../../ts/schema/task.ts";
import { caught } from "../../../../support/caught.ts";

const table = readFileSync(
  fileURLToPath(new URL("../../../../../py-runtime/tomoe_radeval/table.py", import.meta.url)),
  "utf8",
);

describe("metrics of radeval", () => {
  it("are those of its adapter, of reports, and of weights", () => {
    const mine = metricNames.filter(isClinical);
    expect(mine).toEqual(
      [...table.matchAll(/^ {4}"(\w+)": Clinical\(/gm)].map(([, name]) => `radeval.${name}`),
    );
    for (const metric of mine)
      expect(metricRow(metric)).toMatchObject({ needs: "weights", judges: ["report"], isDefault: false });
    expect(isClinical("bertscore")).toBe(false);
  });

  it("are started by the Python that the user names, and refused with how to make one where none is", async () => {
    const named = { PATH: "/x", TOMOE_RADEVAL_PYTHON: process.execPath };
    expect(clinicalEnv("radeval.green", named)).toEqual({ ...named, TOMOE_PYTHON: process.execPath });
    const nowhere = await caught(() =>
      clinicalEnv("radeval.green", { TOMOE_RADEVAL_PYTHON: "/nowhere/python" }),
    );
    expect(nowhere.what).toContain("TOMOE_RADEVAL_PYTHON is /nowhere/python, which is no executable file");
    for (const env of [{}, { TOMOE_RADEVAL_PYTHON: "" }]) {
      const error = await caught(() => clinicalEnv("radeval.green", env));
      expect([error.code, error.exitCode]).toEqual(["ENVIRONMENT", 78]);
      expect(error.what).toContain("TOMOE_RADEVAL_PYTHON names none");
      expect(error.hint).toContain('uv pip install --python radeval/bin/python radeval==2.2.1 "numpy<2"');
    }
    expect(clinicalHint).toContain("radgraph-xl/");
  });
});
