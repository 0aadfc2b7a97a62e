// ts/schema/REFERENCE.md: every option, metric and exit code, and the data format, from the tables that the code
// itself goes by.
import { z } from "zod";
import { errorCodes, exitMeanings } from "../../ts/errors.ts";
import { folderOptions, runOptions, tinyOptions, weightsOptions } from "../../ts/schema/options/bases.ts";
import { dataOption } from "../../ts/schema/options/data.ts";
import { experimentOptions } from "../../ts/schema/options/index.ts";
import { liftOptions } from "../../ts/schema/options/model.ts";
import { caseRowSchema, datasetManifestSchema, itemRowSchema } from "../../ts/schema/sample.ts";
import { metricTable } from "../../ts/schema/tables/metrics.ts";
import { taskTable } from "../../ts/schema/tables/tasks.ts";
import { metricsOf } from "../../ts/schema/task.ts";
import { defaultWords, sentence, valueWords } from "./option-words.mjs";

const cell = (text) => String(text).replaceAll("|", "\\|");

function table(titles, rows) {
  return [titles, titles.map(() => "---"), ...rows]
    .map((row) => `| ${row.map(cell).join(" | ")} |`)
    .join("\n");
}

/** Rows of the options of a group, groups inside it by dotted path; a \`kind\` is the builder's to write. */
function optionRows(options, prefix = "") {
  return Object.entries(options).flatMap(([name, row]) => {
    if (row.kind === "constant" && name === "kind") return [];
    const path = `${prefix}${name}`;
    const standard = defaultWords(row);
    const own = [
      `\`${path}\``,
      standard === "" ? "required" : standard,
      valueWords(row),
      row.unit ?? "",
      row.says,
    ];
    if (row.kind === "group") return [own, ...optionRows(row.options, `${path}.`)];
    const group = row.kind === "either" ? row.of.find((one) => one.kind === "group") : undefined;
    return group === undefined ? [own] : [own, ...optionRows(group.options, `${path}.`)];
  });
}

const optionTable = (options) =>
  table(["option", "default", "values", "unit", "what it is"], optionRows(options));

const {
  data: _data,
  model: _model,
  router,
  stages,
  tasks: _tasks,
  evaluation,
  execution,
  ...own
} = experimentOptions;

const sections = [
  ["`defineExperiment`", "Beside the parts below.", own],
  ["`data: phantomCt({...})`", "Generated CT-like volumes whose truth is exact.", dataOption.of[0].options],
  [
    "`data: ctFolder(path, {...})`",
    "A folder of scans, in the format at the end of this page. `.split({...})` sets `split`.",
    dataOption.of[1].options,
  ],
  [
    "`data: m3d(path, {...})`, `ctRate`, `radGenome`, `threeDRad`, `amosMm`, `deepTumorVqa`, `clinFusion`, `chatMessages`, `ownTables`",
    "A data set as it lies on disk; the builder writes `layout`. `.split({...})` sets `split`.",
    dataOption.of[2].options,
  ],
  ["`model: liftTo3d(base, {...})`", "How the 2D model becomes a 3D one.", liftOptions],
  ["`base: tinyPhi3v({...})`", "A small base, pre-trained in 2D by `pretrain2d(...)` phases.", tinyOptions],
  [
    "`base: weights(name, {...})`",
    "Published weights of the built-in list, made by `tomoe weights get NAME`.",
    weightsOptions,
  ],
  [
    "`base: folder(path, {...})`, or the path alone",
    "A folder of published files; beside `path` the options of `weights`.",
    { path: folderOptions.path },
  ],
  [
    "`base: fromRun(run, {...})`",
    "A run of one's own as the start: its model, as its checkpoint holds it. Model and router must be that run's.",
    runOptions,
  ],
  ["`router: tghMoe({...})`", "The experts, and who steers them.", router.options],
  [
    "`stages: [stage(name, {...})]` and `pretrain2d(name, {...})`",
    "A training phase; the builder writes `name` and `data`.",
    stages.of.options,
  ],
  ["`evaluation: {...}`", evaluation.says, evaluation.options],
  ["`execution: {...}`", execution.says, execution.options],
];

function metricsPart() {
  const rows = Object.entries(metricTable).map(([name, row]) => [
    `\`${name}\``,
    Object.keys(taskTable)
      .filter((task) => metricsOf(task).includes(name))
      .map((task) => `\`${task}\``)
      .join(", "),
    `${row.bounds.floor} to ${row.bounds.ceiling}, ${row.direction}`,
    row.statistics.map((one) => `\`${one}\``).join(", "),
    row.sentence,
  ]);
  return table(["metric", "tasks", "range", "numbers", "what it is"], rows);
}

function exitsPart() {
  const rows = Object.entries(exitMeanings).map(([exit, meaning]) => [
    exit,
    meaning,
    Object.entries(errorCodes)
      .filter(([, row]) => row.exit === Number(exit))
      .map(([code]) => `\`${code}\``)
      .join(", "),
  ]);
  return table(["exit", "meaning", "error codes"], rows);
}

const plural = {
  string: "text",
  integer: "whole number",
  number: "number",
  object: "by name",
  array: "list",
};

function fieldType(field) {
  if (field.const !== undefined) return `\`${field.const}\``;
  if (field.enum !== undefined) return field.enum.map((one) => `\`${one}\``).join(", ");
  if (field.type === "array") {
    const many =
      field.minItems !== undefined && field.minItems === field.maxItems ? `${field.minItems} x ` : "list of ";
    return `${many}${fieldType(field.items)}`;
  }
  if (field.type === "object") return `by name: ${fieldType(field.additionalProperties)}`;
  return `${plural[field.type]}${field.minimum === 0 ? " of at least 0" : ""}`;
}

function fields(schema) {
  const { properties, required } = z.toJSONSchema(schema);
  const rows = Object.entries(properties).map(([name, field]) => [
    `\`${name}\``,
    required.includes(name) ? "required" : "may be absent",
    fieldType(field),
    field.description ?? "",
  ]);
  return table(["key", "", "values", "what it is"], rows);
}

const layout = `\`\`\`
my-scans/
  manifest.json    what the folder holds
  cases.jsonl      a scan a line
  items.jsonl      a prompt and its target a line
  ...              the scans that cases.jsonl names: NIfTI files, or a folder for each DICOM series
\`\`\``;

/** The whole page. */
export function referencePage() {
  const options = sections.map(([title, says, rows]) => `### ${title}\n\n${says}\n\n${optionTable(rows)}`);
  const tasks = Object.entries(taskTable).map(([id, row]) => [
    `\`${id}\``,
    row.sentence,
    metricsOf(id)
      .map((name) => `\`${name}\``)
      .join(", "),
  ]);
  return `${[
    "<!-- @generated from ts/schema by scripts/generate.mjs; do not edit. -->",
    "# Reference",
    "## Options",
    `${sentence("whole numbers are at most 4294967295: they travel in 32 bits")} What has no default is required. \`--set path=value\` sets one by its path in the experiment, such as \`--set model.poolDepth=8\` or \`--set stages.shared.steps=100\`.`,
    ...options,
    "### `tasks: {...}`",
    "What is scored: `reportTask({ metrics })`, `vqaTask({ closed, metrics })`, by the task's id.",
    table(["task", "what it is", "metrics it may have"], tasks),
    "## Metrics",
    metricsPart(),
    "## Exit codes",
    exitsPart(),
    "## Data format",
    "What `ctFolder` reads: a folder of UTF-8 files, of which the .jsonl hold one JSON object a line.",
    layout,
    "### `manifest.json`",
    fields(datasetManifestSchema),
    "### `cases.jsonl`",
    fields(caseRowSchema),
    "### `items.jsonl`",
    fields(itemRowSchema),
  ].join("\n\n")}\n`;
}
