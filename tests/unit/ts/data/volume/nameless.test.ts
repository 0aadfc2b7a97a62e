import { withoutName } from "../../../../../ts/data/volume/nameless.ts";
import { isTomoeError, TomoeError } from "../../../../../ts/errors.ts";

const failure = (code: TomoeError["code"], details: TomoeError["details"]): TomoeError =>
  new TomoeError(code, "cannot read at /x/CANARY", {
    hint: "Fetch it.",
    details,
    cause: new Error("CANARY"),
  });

describe("withoutName", () => {
  it.each<[TomoeError["code"], TomoeError["details"], string, string]>([
    ["PATH_NOT_FOUND", { path: "/x/CANARY", errno: "ENOENT" }, "IO_FAILED", "file 2 cannot be read (ENOENT)"],
    ["IO_FAILED", { path: "/x/CANARY", errno: "EIO" }, "IO_FAILED", "file 2 cannot be read (EIO)"],
    ["PERMISSION", { path: "/x/CANARY", errno: "EACCES" }, "PERMISSION", "file 2 cannot be read (EACCES)"],
    ["DATA_TRUNCATED", { path: "/x/CANARY" }, "DATA_TRUNCATED", "file 2 changed while it was read"],
    ["DATA_UNSUPPORTED", { path: "/x/CANARY" }, "DATA_UNSUPPORTED", "file 2 is too large or no regular file"],
  ])("of %s tells the number alone", (code, details, told, what) => {
    const error = withoutName(failure(code, details), "file 2");
    if (!isTomoeError(error)) throw new Error("no typed error");
    expect([error.code, error.what]).toEqual([told, what]);
    expect([JSON.stringify(error.toDocument()), String(error.cause)].join()).not.toContain("CANARY");
  });

  it("leaves an error that names no path, and what is no typed error", () => {
    const other = failure("DATA_GEOMETRY", { element: "PixelSpacing" });
    expect(withoutName(other, "file 2")).toBe(other);
    const bug = new RangeError("a bug");
    expect(withoutName(bug, "file 2")).toBe(bug);
  });
});
