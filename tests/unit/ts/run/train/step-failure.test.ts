import { StepFailure } from "../../../../../ts/run/train/step-failure.ts";
import { workerDied } from "../../../../support/scripted-pool.ts";

describe("StepFailure", () => {
  it("carries what failed as it came, and where", () => {
    const cause = workerDied();
    const place = { stage: "shared", step: 7, volumes: ["a", "b"] };
    const failure = new StepFailure(cause, place);
    expect(failure).toBeInstanceOf(Error);
    expect(failure.cause).toBe(cause);
    expect(failure.place).toBe(place);
    expect([failure.name, failure.message]).toEqual(["StepFailure", "step 7 of stage shared"]);
  });
});
