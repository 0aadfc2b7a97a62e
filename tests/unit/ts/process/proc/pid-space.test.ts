import { readFileSync, readlinkSync } from "node:fs";
import { pidPlace, pidSpace } from "../../../../../ts/process/proc/pid-space.ts";
import { layOut, recordedSystems } from "../../../../support/recorded-proc.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

describe("where a pid means the same process", () => {
  const root = temporaryFolder();

  it.each(
    recordedSystems()
      .filter(({ pidSpace: text }) => text !== undefined)
      .map((system, index) => [system.name, system, `${root}/${index}`] as const),
  )("is one text in both languages: %s", (_, system, folder) => {
    layOut(system, folder);
    expect(pidSpace(folder)).toBe(system.pidSpace);
    expect(pidPlace(folder) === undefined).toBe(system.pidSpace === "");
  });

  it("is this boot and this namespace", () => {
    expect(pidPlace()).toEqual({
      bootId: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
      pidNamespace: readlinkSync("/proc/self/ns/pid"),
    });
    expect(pidSpace()).toBe(Object.values(pidPlace() ?? {}).join("/"));
  });
});
