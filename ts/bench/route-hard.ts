import type { PythonCase } from "./python-cases.ts";
import { pythonCases, roundsOf, timesOf, wallOf } from "./python-cases.ts";
import type { BenchRow, Target } from "./rows.ts";

/** A vision block of ViT-L over one slice of 504 pixels, or of a pooled volume. */
const settings = { width: 1024, inner: 4096, tokens: 1300, counts: [4, 16], rounds: 15, threads: 2 };
const [few, many] = [4, 16];

/** What a route may take, in times of the dense MLP. */
const atMost = {
  task: 1.05,
  token: { [few]: 1.4, [many]: 1.5 } as { readonly [experts: number]: number },
};
const rivals = ["every", "loop", "grouped"] as const;

const within = (times: number | undefined): readonly Target[] =>
  times === undefined ? [] : [{ against: "floor", atLeast: 1 / times }];

/**
 * C4: the experts of one vision block, forward and backward in bfloat16, against the dense MLP in whose place they
 * stand (the floor) and the fastest other way to route tokens (the peer).
 */
export async function benchRouteHard(note: (line: string) => void): Promise<readonly BenchRow[]> {
  const cases = await pythonCases({ module: "route_hard", settings }, note);
  return cases.flatMap((measured) => (measured.case === "task" ? taskRows(measured) : [tokenRow(measured)]));
}

function taskRows(measured: PythonCase): readonly BenchRow[] {
  const row = (what: string, way: string, floor: string): BenchRow => ({
    name: "route.hard",
    what,
    oursMs: wallOf(measured, way),
    peerMs: null,
    floorMs: wallOf(measured, floor),
    targets: within(atMost.task),
    details: { rounds: settings.rounds, ...timesOf(roundsOf(measured, way), roundsOf(measured, floor)) },
  });
  return [
    ...[few, many].map((tasks) => row(`task route, ${tasks} tasks`, `task ${tasks}`, "dense")),
    row(`task route, ${many} tasks beside ${few}`, `task ${many}`, `task ${few}`),
  ];
}

function tokenRow(measured: PythonCase): BenchRow {
  const experts = Number(measured.case.replace("token ", ""));
  const rivalMs = Object.fromEntries(rivals.map((way) => [`${way}Ms`, wallOf(measured, way)]));
  return {
    name: "route.hard",
    what: `token route, one of ${experts} experts`,
    oursMs: wallOf(measured, "ours"),
    peerMs: Math.min(...Object.values(rivalMs)),
    floorMs: wallOf(measured, "dense"),
    targets: within(atMost.token[experts]),
    details: {
      rounds: settings.rounds,
      ...timesOf(roundsOf(measured, "ours"), roundsOf(measured, "dense")),
      ...rivalMs,
    },
  };
}
