import { TomoeError } from "../../errors.ts";
import { findCommand } from "../../process/index.ts";

/** Metrics that `tomoe_radeval` computes, in an environment that has the package radeval. */
export const isClinical = (metric: string): boolean => metric.startsWith("radeval.");

/** What the folder of weights holds. */
export const clinicalHint =
  "a folder that holds each model as OWNER/NAME (config.json, safetensors, the files of its tokenizer), for radgraph also radgraph-xl/ (config.json, weights.th, vocabulary/)";

/** Names the Python of that environment. */
const ownPython = "TOMOE_RADEVAL_PYTHON";

/**
 * The environment in which the module of these metrics is started: by the Python that the user names.
 *
 * @throws TomoeError `ENVIRONMENT` where none is named, with the commands that make one.
 */
export function clinicalEnv(metric: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const told = env[ownPython] ?? "",
    python = told === "" ? undefined : findCommand(told, env.PATH ?? "");
  if (python !== undefined) return { ...env, TOMOE_PYTHON: python };
  const why = told === "" ? "names none" : `is ${told}, which is no executable file`;
  throw new TomoeError(
    "ENVIRONMENT",
    `metric "${metric}" is computed by the package radeval, in an environment of its own, and ${ownPython} ${why}`,
    {
      hint: `Make one with Python 3.11 (some gigabytes): python3 -m venv radeval && radeval/bin/pip install uv && radeval/bin/uv pip install --python radeval/bin/python radeval==2.2.1 "numpy<2"; then set ${ownPython}=radeval/bin/python.`,
      details: { metric, [ownPython]: told },
    },
  );
}
