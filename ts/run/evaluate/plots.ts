import { allStages, groupsOf, moeSites, type ResolvedExperiment } from "../../config/index.ts";
import {
  type ExpertLoadLayer,
  type LossStage,
  renderExpertLoad,
  renderLossCurves,
} from "../../plots/index.ts";
import type { OwnedRun } from "../../track/index.ts";
import { readMetrics, type StoredMetric } from "../../track/read/index.ts";

/** Steps over which the expert load is summed: the end of a stage, where routing has settled. */
const loadWindow = 100;

/** The newest attempt's value of every step: a run that went on under other conditions holds several. */
function newest(metrics: readonly StoredMetric[]): readonly StoredMetric[] {
  const byKey = new Map<string, StoredMetric>();
  for (const metric of metrics) byKey.set(`${metric.stage}\n${metric.name}\n${metric.step}`, metric);
  return [...byKey.values()];
}

function lossStages(resolved: ResolvedExperiment, metrics: readonly StoredMetric[]): readonly LossStage[] {
  return allStages(resolved.config).map(({ stage }) => {
    const mine = metrics.filter((metric) => metric.stage === stage.name);
    const names = ["loss", ...Object.keys(stage.objectives).map((objective) => `loss.${objective}`)];
    const pointsOf = (name: string) =>
      mine
        .filter((metric) => metric.name === name)
        .map(({ step, value }) => ({ step, value }))
        .sort((a, b) => a.step - b.step);
    const looks = pointsOf("validation.loss");
    return {
      name: stage.name,
      steps: stage.steps,
      series: [
        ...names.map((name) => ({ name: name.replace(/^loss\./, ""), points: pointsOf(name) })),
        ...(looks.length === 0 ? [] : [{ name: "validation", points: looks, sparse: true }]),
      ],
    };
  });
}

function loadLayers(
  resolved: ResolvedExperiment,
  metrics: readonly StoredMetric[],
): { readonly layers: readonly ExpertLoadLayer[]; readonly note: string } | null {
  const { config } = resolved;
  const stage = config.stages.at(-1);
  if (stage === undefined) return null;
  const first = Math.max(0, stage.steps - loadWindow);
  const sums = new Map<string, number>();
  for (const metric of metrics) {
    if (metric.stage === stage.name && metric.step >= first && metric.name.startsWith("load."))
      sums.set(metric.name, (sums.get(metric.name) ?? 0) + metric.value);
  }
  if (sums.size === 0) return null;
  const layers = moeSites(config).map((site, layer) => ({
    site,
    rows: groupsOf(resolved.config, stage).map((task, group) => ({
      task,
      tokens: Array.from(
        { length: config.router.tokenExperts },
        (_, expert) => sums.get(`load.${layer}.${group}.${expert}`) ?? 0,
      ),
    })),
  }));
  return { layers, note: `stage ${stage.name}, last ${stage.steps - first} steps` };
}

/**
 * Draws a run's plots from its record: loss over all stages with that of the validation split, and expert load per task at the end of the last
 * one.
 */
export async function drawPlots({
  owned,
  resolved,
}: {
  readonly owned: OwnedRun;
  readonly resolved: ResolvedExperiment;
}): Promise<void> {
  const metrics = newest(await readMetrics(owned.paths.metrics));
  await owned.write(
    "plots/loss.svg",
    renderLossCurves({
      title: `${resolved.config.name}: loss`,
      unit: "nats",
      stages: lossStages(resolved, metrics),
    }),
  );
  const load = loadLayers(resolved, metrics);
  if (load !== null)
    await owned.write(
      "plots/expert-load.svg",
      renderExpertLoad({ title: `${resolved.config.name}: expert load per task`, ...load }),
    );
}
