import { cyclesOf, pythonEdges, pythonFileEdges, tsEdges } from "../support/import-graph.ts";
import { listed, pythonSources, repoFiles, repoText, tsSources } from "../support/source-tree.ts";
import { codeOf, linesOfKind } from "../support/ts-source.ts";

/**
 * ARCHITECTURE.md, "Floors". A folder may import lower floors and itself; `defined`, `errors` and `files`
 * lie under the rest of the ground.
 */
const tsFloors: Readonly<Record<string, number>> = {
  defined: -3,
  errors: -2,
  files: -1,
  schema: 0,
  gen: 0,
  process: 0,
  plots: 1,
  config: 1,
  router: 1,
  eval: 1,
  sweep: 1,
  tensor: 1,
  data: 2,
  worker: 2,
  telemetry: 2,
  sampler: 2,
  track: 2,
  run: 3,
  index: 4,
  cli: 4,
  studio: 4,
  recipes: 4,
  bench: 4,
};
const pureFolders = ["config", "router", "eval", "sweep", "tensor", "plots"];
const groundOf: Readonly<Record<string, readonly string[]>> = {
  gen: ["worker", "telemetry"],
  files: ["process", "data", "worker", "sampler", "telemetry", "track", "run", "cli", "bench"],
  process: ["data", "worker", "sampler", "telemetry", "track", "run", "cli", "studio", "bench"],
};

/** Each heavy dependency has one folder that may import it; `node:child_process` is execa's other door. */
const tsDoors: readonly { readonly pattern: RegExp; readonly folders: readonly string[] }[] = [
  { pattern: /^execa$|^node:child_process$/, folders: ["process"] },
  { pattern: /^@grpc\//, folders: ["worker", "gen"] },
  { pattern: /^@bufbuild\/protobuf/, folders: ["gen", "worker"] },
  { pattern: /^apache-arrow/, folders: ["tensor"] },
  { pattern: /^zeromq/, folders: ["telemetry"] },
  { pattern: /^@cornerstonejs\/|^dcmjs/, folders: ["data"] },
  { pattern: /^@resvg\//, folders: ["cli"] },
  { pattern: /^(?:svelte|vite|hono|react)/, folders: ["studio"] },
];

/** The rival in a benchmark is the library itself, used as its own pages say. */
const isPeer = (path: string): boolean => /^ts\/bench\/[\w-]+-peer\.ts$/.test(path);

const folderOf = (path: string): string => path.split("/")[1]?.replace(/\.ts$/, "") ?? "";
const place = (path: string, found: { readonly line: number }): string => `${path}:${found.line}`;

describe("the floors of ts/", () => {
  const { inner, outer } = tsEdges();

  it("finds import lines at all", () => {
    expect(inner.length).toBeGreaterThan(50);
    expect(outer.length).toBeGreaterThan(10);
  });

  it("knows the floor of every folder", () => {
    const unknown = [...new Set(tsSources().map(folderOf))].filter(
      (folder) => tsFloors[folder] === undefined,
    );
    expect(unknown).toEqual([]);
  });

  it("only imports downwards", () => {
    const problems = inner
      .filter(({ from, to }) => {
        const [source, target] = [folderOf(from), folderOf(to)];
        if (!to.startsWith("ts/")) return true;
        return source !== target && (tsFloors[target] ?? 99) >= (tsFloors[source] ?? -99);
      })
      .map(
        ({ from, to, found }) =>
          `${place(from, found)} (floor ${tsFloors[folderOf(from)]}) imports ${to} (floor ${tsFloors[folderOf(to)]})`,
      );
    expect(listed(problems)).toBe("");
  });

  it("lets only worker and telemetry import generated code, and only hands and above start processes", () => {
    const problems = inner
      .filter(({ from, to }) => {
        // What is made of the table of options is the builders' alone; the rest of gen is the wire.
        const allowed = to === "ts/gen/options.ts" ? ["config"] : groundOf[folderOf(to)];
        return (
          allowed !== undefined &&
          !isPeer(from) &&
          folderOf(from) !== folderOf(to) &&
          !allowed.includes(folderOf(from))
        );
      })
      .map(({ from, to, found }) => `${place(from, found)} imports ${to}`);
    expect(listed(problems)).toBe("");
  });

  it("lets the file that fills their gaps alone import the router's generated prompt texts", () => {
    const importers = inner.filter(({ to }) => to.startsWith("ts/router/gen/")).map(({ from }) => from);
    expect(importers).toEqual(["ts/router/prompt/texts/examples.ts"]);
  });

  it("enters another folder by its door alone", () => {
    // The ground's nouns are a door each, so that a command that needs one type loads no other. A named part of
    // a folder (data/dataset, data/phantom, process/proc) has its own index.
    const isDoor = (to: string): boolean =>
      /^ts\/[^/]+\/(?:[^/]+\/)?index\.ts$/.test(to) ||
      to === "ts/errors.ts" ||
      to === "ts/defined.ts" ||
      /^ts\/(?:gen|schema)\//.test(to);
    const problems = inner
      .filter(({ from, to }) => folderOf(from) !== folderOf(to) && !isDoor(to))
      .map(({ from, to, found }) => `${place(from, found)} imports ${to}, past ts/${folderOf(to)}/index.ts`);
    expect(listed(problems)).toBe("");
  });

  it("has an index.ts with named exports alone in every folder that others import", () => {
    const doors = [
      ...new Set(
        inner
          .filter(({ from, to }) => folderOf(from) !== folderOf(to) && to.endsWith("/index.ts"))
          .map(({ to }) => to),
      ),
    ];
    expect(doors.length).toBeGreaterThan(3);
    const missing = doors.filter((door) => !repoFiles().includes(door));
    const problems = doors
      .filter((door) => repoFiles().includes(door))
      .filter(
        (door) => linesOfKind(repoText(door), "ExportAllDeclaration", "ExportDefaultDeclaration").length > 0,
      );
    expect(listed([...missing.map((door) => `${door} is missing`), ...problems])).toBe("");
  });

  it("lets one folder alone import each heavy dependency", () => {
    const problems = outer
      .filter(({ from }) => !isPeer(from))
      .filter(({ from, to }) =>
        tsDoors.some(({ pattern, folders }) => pattern.test(to) && !folders.includes(folderOf(from))),
      )
      .map(({ from, to, found }) => `${place(from, found)} imports ${to}`);
    expect(listed(problems)).toBe("");
  });

  it("imports only dependencies that an installed package has", () => {
    const declared: unknown = JSON.parse(repoText("package.json")).dependencies;
    const names = typeof declared === "object" && declared !== null ? Object.keys(declared) : [];
    const problems = outer
      .filter(({ to }) => !to.startsWith("node:") && !/^tomoe(?:\/data)?$/.test(to))
      .filter(
        ({ to }) =>
          !names.includes(
            to
              .split("/")
              .slice(0, to.startsWith("@") ? 2 : 1)
              .join("/"),
          ),
      )
      .map(({ from, to, found }) => `${place(from, found)} imports ${to}`);
    expect(listed(problems)).toBe("");
  });

  it("lets recipes use the public API alone", () => {
    const problems = [
      ...inner.filter(({ from, to }) => folderOf(from) === "recipes" && folderOf(to) !== "recipes"),
      ...outer.filter(({ from, to }) => folderOf(from) === "recipes" && !/^tomoe(?:\/data)?$/.test(to)),
    ].map(({ from, to, found }) => `${place(from, found)} imports ${to}`);
    expect(listed(problems)).toBe("");
    const others = outer
      .filter(({ from, to }) => /^tomoe(?:\/|$)/.test(to) && !["recipes", "bench"].includes(folderOf(from)))
      .map(({ from, found }) => place(from, found));
    expect(listed(others)).toBe("");
  });

  it("lets studio look at runs and telemetry alone", () => {
    const problems = inner.filter(
      ({ from, to }) =>
        folderOf(from) === "studio" &&
        to !== "ts/track/read/index.ts" &&
        !["studio", "telemetry", "plots", "schema", "errors"].includes(folderOf(to)),
    );
    expect(listed(problems.map(({ from, to, found }) => `${place(from, found)} imports ${to}`))).toBe("");
  });

  it("keeps the mind pure: no files, network, clock, randomness, environment or processes", () => {
    const imports = outer
      .filter(
        ({ from, to }) =>
          pureFolders.includes(folderOf(from)) && to.startsWith("node:") && to !== "node:crypto",
      )
      // Checksums are hashing, and deflating bytes in memory is arithmetic too.
      .filter(
        ({ from, to }) =>
          !(
            to === "node:zlib" &&
            /import \{ crc32(?: as \w+|, deflateSync)? \} from "node:zlib"/.test(repoText(from))
          ),
      )
      .map(({ from, to, found }) => `${place(from, found)} imports ${to}`);
    const impure =
      /\b(?:process\s*[.[]|Date\.now|new Date\(\s*\)|performance\.now|Math\.random|fetch\(|setTimeout|setInterval|randomUUID|randomBytes|getRandomValues|console\.)/;
    const uses = tsSources()
      .filter((path) => pureFolders.includes(folderOf(path)))
      .flatMap((path) =>
        codeOf(repoText(path))
          .split("\n")
          .flatMap((line, index) => (impure.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
      );
    expect(listed([...imports, ...uses])).toBe("");
  });

  it("has no import cycles, those of types not either", () => {
    const edges = inner.map(({ from, to }) => [from, to] as const);
    expect(
      cyclesOf([
        ["a", "b"],
        ["b", "c"],
        ["c", "a"],
      ]),
    ).toEqual(["a -> b -> c -> a"]);
    expect(listed(cyclesOf(edges))).toBe("");
  });
});

describe("the floors of py-runtime/", () => {
  const floors: Readonly<Record<string, number>> = {
    errors: -1,
    machine: 0,
    spec: 0,
    ranges: 0,
    unions: 0,
    model: 1,
    train: 2,
    infer: 2,
    metrics: 2,
    weights: 2,
    export: 2,
    verify: 3,
    server: 3,
    probe: 3,
    __main__: 4,
    bench: 4,
    __init__: 4,
  };
  const doors: readonly { readonly pattern: RegExp; readonly folders: readonly string[] }[] = [
    { pattern: /^(?:grpc|zmq|google)(?:\.|$)/, folders: ["server"] },
    // Arrow's messages, and the codec by which other programs pack their logs.
    { pattern: /^pyarrow(?:\.|$)/, folders: ["server", "verify"] },
    { pattern: /^(?:nltk|rouge_score|sacrebleu)(?:\.|$)/, folders: ["metrics", "verify"] },
    { pattern: /^(?:gguf|onnx)(?:\.|$)/, folders: ["weights"] },
    { pattern: /^(?:peft|accelerate)(?:\.|$)/, folders: ["model"] },
  ];
  const partOf = (path: string): string => path.split("/")[2]?.replace(/\.py$/, "") ?? "";

  const worker = pythonSources().filter((path) => path.startsWith("py-runtime/tomoe_worker/"));
  const imports = pythonEdges().filter(({ from }) => from.startsWith("py-runtime/tomoe_worker/"));
  const inner = imports.filter(({ to }) => to.startsWith("tomoe_worker."));

  it("finds import lines at all", () => {
    expect(imports.length).toBeGreaterThan(50);
    expect(inner.length).toBeGreaterThan(20);
  });

  it("knows the floor of every part", () => {
    expect([...new Set(worker.map(partOf))].filter((part) => floors[part] === undefined)).toEqual([]);
  });

  it("only imports downwards", () => {
    const problems = inner
      .filter(({ from, to }) => {
        const [source, target] = [partOf(from), to.split(".")[1] ?? ""];
        return source !== target && (floors[target] ?? 99) >= (floors[source] ?? -99);
      })
      .map(({ from, to, line }) => `${from}:${line} imports ${to}`);
    expect(listed(problems)).toBe("");
  });

  it("keeps wire and metric libraries behind their doors", () => {
    const problems = imports
      .filter(({ from, to }) =>
        doors.some(({ pattern, folders }) => pattern.test(to) && !folders.includes(partOf(from))),
      )
      .map(({ from, to, line }) => `${from}:${line} imports ${to}`);
    expect(listed(problems)).toBe("");
  });

  it("reads no pickles", () => {
    const problems = imports
      .filter(({ to }) => /^(?:pickle|cPickle|dill|cloudpickle|joblib)(?:\.|$)/.test(to))
      .map(({ from, to, line }) => `${from}:${line} imports ${to}`);
    const loads = worker.filter((path) =>
      /\btorch\.load\(|allow_pickle\s*=\s*True|trust_remote_code\s*=\s*True/.test(repoText(path)),
    );
    expect(listed([...problems, ...loads])).toBe("");
  });

  it("has no import cycles, those of types not either", () => {
    const edges = pythonFileEdges().map(({ from, file }) => [from, file] as const);
    expect(edges.length).toBeGreaterThan(20);
    expect(listed(cyclesOf(edges))).toBe("");
  });
});
