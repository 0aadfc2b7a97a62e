import { tghMoe } from "../../../../../ts/config/build/router.ts";

describe("tghMoe", () => {
  it("writes down what was written, and no default", () => {
    const written = { tokenExperts: 4, topK: 2, tasks: ["report", "open-vqa"] } as const;
    expect(tghMoe(written)).toEqual({ kind: "tgh-moe", ...written });
    expect(tghMoe({ ...written, textGuidance: "off" })).toEqual({
      kind: "tgh-moe",
      ...written,
      textGuidance: "off",
    });
  });
});
