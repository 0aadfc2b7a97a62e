import type { CommandSpec } from "../words/command.ts";
import { compareSpec } from "./compare/spec.ts";
import { dataBuildSpec, dataGcSpec } from "./data/cache-spec.ts";
import { dataCertifySpec, dataSplitSpec, dataVerifySpec } from "./data/spec.ts";
import { doctorSpec } from "./doctor/spec.ts";
import { evalSpec } from "./eval/spec.ts";
import { exportSpec } from "./export/spec.ts";
import { importSpec } from "./import/spec.ts";
import { initSpec } from "./init/spec.ts";
import { inspectSpec } from "./inspect/spec.ts";
import { predictSpec } from "./predict/spec.ts";
import { preprocessSpec } from "./preprocess/spec.ts";
import { replaySpec } from "./replay/spec.ts";
import { runSpec } from "./run/spec.ts";
import { runsCompareSpec, runsDiffSpec, runsLsSpec, runsShowSpec } from "./runs/spec.ts";
import { scoreSpec } from "./score/spec.ts";
import { setupSpec } from "./setup/spec.ts";
import { sweepReplaySpec, sweepResumeSpec, sweepRunSpec, sweepStatusSpec } from "./sweep/spec.ts";
import { runsGcSpec, runsRestoreSpec, runsRmSpec } from "./trash/spec.ts";
import { verifySpec } from "./verify/spec.ts";
import { weightsGetSpec, weightsLsSpec } from "./weights/spec.ts";
import { whySpec } from "./why/spec.ts";

/** Every command of this version, in the order of the help. Nothing of a command is loaded before it is called. */
export const commands: readonly CommandSpec[] = [
  initSpec,
  setupSpec,
  doctorSpec,
  inspectSpec,
  preprocessSpec,
  dataVerifySpec,
  dataSplitSpec,
  dataCertifySpec,
  dataBuildSpec,
  dataGcSpec,
  runSpec,
  predictSpec,
  scoreSpec,
  compareSpec,
  verifySpec,
  evalSpec,
  runsLsSpec,
  runsShowSpec,
  runsCompareSpec,
  runsDiffSpec,
  whySpec,
  replaySpec,
  runsRmSpec,
  runsRestoreSpec,
  runsGcSpec,
  weightsGetSpec,
  weightsLsSpec,
  sweepRunSpec,
  sweepStatusSpec,
  sweepResumeSpec,
  sweepReplaySpec,
  importSpec,
  exportSpec,
];
