import { z } from "zod";
import { isTomoeError, TomoeError } from "../../errors.ts";
import type { PlanContext, RouterPolicy, RoutingPlan, TaskRoute } from "../../schema/router.ts";
import { isTaskId } from "../../schema/task.ts";
import { planNumberProblems } from "../options.ts";
import { carriedPlan, choosesTooMany } from "../plan/shape.ts";
import { probeContexts, probeEnd, probeLoads, probePrompts, probeSwitches } from "./probes.ts";

/** One rule of the contract that a policy broke. */
export interface ContractViolation {
  /** Rule, e.g. "route-deterministic". */
  readonly rule: string;
  /** What was asked and what came back. */
  readonly found: string;
}

type Report = (rule: string, found: string) => void;

/** Freezes a value and all it holds, so that writing to it throws. */
function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) deepFreeze(part);
    Object.freeze(value);
  }
  return value;
}

/** True for `{...}` of any realm: nothing lies above its prototype. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** A value as text that tells -0, NaN and undefined apart; key order does not count. */
const print = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === "number" && (!Number.isFinite(part) || Object.is(part, -0)))
      return `number ${Object.is(part, -0) ? "-0" : part}`;
    if (
      part === undefined ||
      typeof part === "function" ||
      typeof part === "bigint" ||
      typeof part === "symbol"
    )
      return `${typeof part} ${String(part)}`;
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    if (!isPlain(part)) return `instance ${Object.prototype.toString.call(part)}`;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  }) ?? "undefined";

const short = (value: unknown): string => {
  const text = print(value);
  return text.length <= 200 ? text : `${text.slice(0, 200)}... (${text.length} characters)`;
};

const sameJson = (a: unknown, b: unknown): boolean => print(a) === print(b);

const messageOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error);

/** Calls, and reports a throw; frozen arguments turn a mutation into one. Undefined after a throw. */
function attempt<T>(
  report: Report,
  rule: string,
  asked: string,
  call: () => T,
): { readonly answer: T } | undefined {
  try {
    return { answer: call() };
  } catch (error) {
    const mutation = /read only|not extensible|Cannot delete property/.test(messageOf(error));
    report(mutation ? `${rule}-does-not-mutate` : `${rule}-returns`, `${asked} threw: ${messageOf(error)}`);
    return undefined;
  }
}

/** The plan's shape by type alone; what numbers it may hold is checked rule by rule. */
const anyNumber = z.custom<number>((value) => typeof value === "number");
const planFields = z.looseObject({
  effectiveFromStep: anyNumber,
  groups: z.array(z.string()),
  layers: z.array(z.object({ site: z.string(), biasGE: z.array(z.array(anyNumber)) })),
});

function checkRoute(report: Report, asked: string, route: TaskRoute): void {
  if (typeof route !== "object" || route === null) {
    report("route-shape", `${asked} gave ${short(route)}`);
    return;
  }
  if (typeof route.task !== "string" || !isTaskId(route.task))
    report("route-known-task", `${asked} gave task ${short(route.task)}`);
  if (typeof route.confidence !== "number" || !(route.confidence >= 0 && route.confidence <= 1))
    report("route-confidence", `${asked} gave confidence ${short(route.confidence)}, not within 0..1`);
  if (typeof route.fallback !== "boolean")
    report("route-fallback", `${asked} gave fallback ${short(route.fallback)}`);
}

function checkRoutes(policy: RouterPolicy, report: Report): void {
  const ask = (): readonly ({ readonly answer: TaskRoute } | undefined)[] =>
    probePrompts().map((prompt) =>
      attempt(report, "route", `route(${short(prompt)})`, () => policy.route(deepFreeze(prompt))),
    );
  const first = ask();
  const again = ask();
  for (const [at, prompt] of probePrompts().entries()) {
    const route = first[at];
    if (route === undefined) continue;
    const asked = `route(${short(prompt)})`;
    checkRoute(report, asked, route.answer);
    if (!sameJson(route, again[at]))
      report("route-deterministic", `${asked} gave ${short(route.answer)}, then ${short(again[at]?.answer)}`);
  }
}

/**
 * Fields, shape, ranges and step of a plan for the stage of `context`; false when it has not the stage's
 * shape.
 */
function checkPlan(report: Report, asked: string, answer: RoutingPlan, context: PlanContext): boolean {
  const fields = planFields.safeParse(answer);
  if (!fields.success) {
    report("plan-fields", `${asked} gave ${short(answer)}: ${z.prettifyError(fields.error)}`);
    return false;
  }
  const plan = answer;
  const shape = plan.layers.map((layer) => [layer.site, ...layer.biasGE.map((biasE) => biasE.length)]);
  const wanted = context.sites.map((site) => [site, ...context.groups.map(() => context.experts)]);
  const shaped = sameJson(shape, wanted);
  if (!shaped)
    report("plan-shape", `${asked} has [site, experts of each group] ${short(shape)}, not ${short(wanted)}`);
  if (!sameJson(plan.groups, context.groups))
    report("plan-groups", `${asked} has groups ${short(plan.groups)}, not ${short(context.groups)}`);
  if (
    !plan.layers.every((layer) => layer.biasGE.every((biasE) => biasE.every((bias) => Number.isFinite(bias))))
  )
    report("plan-finite-bias", `${asked} has a bias that is not finite: ${short(plan.layers)}`);
  for (const problem of planNumberProblems(plan)) report("plan-numbers", `${asked}: ${problem}`);
  if (choosesTooMany(plan, context.experts))
    report("plan-numbers", `${asked} chooses more than the ${context.experts} experts there are`);
  if (!Number.isSafeInteger(plan.effectiveFromStep) || plan.effectiveFromStep < 0)
    report("plan-step", `${asked} governs from step ${short(plan.effectiveFromStep)}`);
  return shaped;
}

function checkNextPlans(policy: RouterPolicy, report: Report, plan: RoutingPlan, context: PlanContext): void {
  for (const load of probeLoads(plan)) {
    const asked = `nextPlan(plan of "${context.stage}", load of step ${load.step})`;
    const call = (): RoutingPlan =>
      policy.nextPlan(deepFreeze(structuredClone(plan)), deepFreeze(structuredClone(load)));
    const next = attempt(report, "next-plan", asked, call);
    if (next === undefined || !checkPlan(report, asked, next.answer, context)) continue;
    const again = attempt(report, "next-plan", asked, call);
    if (!sameJson(next, again))
      report("next-plan-deterministic", `${asked} gave ${short(next.answer)}, then ${short(again?.answer)}`);
    if (!sameJson(next.answer, plan) && next.answer.effectiveFromStep <= load.step) {
      report(
        "next-plan-lag",
        `${asked} gave another plan that governs from step ${next.answer.effectiveFromStep}: it must lie at least 1 after the load's`,
      );
    }
  }
}

/**
 * The first plan of a stage; "refused", without a violation, when the policy says by `ROUTER_SHAPE` that it
 * needs more experts.
 */
function firstPlanOf(
  policy: RouterPolicy,
  report: Report,
  asked: string,
  context: PlanContext,
  previous: RoutingPlan | null = null,
): RoutingPlan | "refused" | undefined {
  const asking = attempt(report, "first-plan", asked, () => {
    try {
      return policy.firstPlan(deepFreeze(structuredClone(context)), deepFreeze(structuredClone(previous)));
    } catch (error) {
      if (isTomoeError(error) && error.code === "ROUTER_SHAPE") return "refused";
      throw error;
    }
  });
  if (asking === undefined || asking.answer === "refused") return asking?.answer;
  return checkPlan(report, asked, asking.answer, context) ? asking.answer : undefined;
}

function checkPlans(policy: RouterPolicy, report: Report): void {
  let planned = 0;
  for (const context of probeContexts()) {
    const asked = `firstPlan("${context.stage}", ${context.groups.length} groups, ${context.sites.length} layers, ${context.experts} experts)`;
    const plan = firstPlanOf(policy, report, asked, context);
    if (plan === "refused") continue;
    planned += 1;
    if (plan === undefined) continue;
    if (plan.effectiveFromStep !== 0)
      report("first-plan-step", `${asked} governs from step ${plan.effectiveFromStep}, not 0`);
    const again = firstPlanOf(policy, report, asked, context);
    if (!sameJson(plan, again))
      report("first-plan-deterministic", `${asked} gave ${short(plan)}, then ${short(again)}`);
    checkNextPlans(policy, report, plan, context);
  }
  if (planned === 0)
    report(
      "first-plan-returns",
      `no stage of ${probeContexts()
        .map((context) => context.experts)
        .join(", ")} experts was planned for`,
    );
}

/** A stage that follows another begins with clones of its experts: under the same biases, as many a token. */
function checkSwitches(policy: RouterPolicy, report: Report): void {
  for (const { from, to } of probeSwitches()) {
    const before = firstPlanOf(policy, report, `firstPlan("${from.stage}")`, from);
    if (before === undefined || before === "refused") continue;
    const previous = probeEnd(before);
    const asked = `firstPlan("${to.stage}", ${to.groups.length} groups, after a plan of ${from.groups.length})`;
    const plan = firstPlanOf(policy, report, asked, to, previous);
    if (plan === undefined || plan === "refused") continue;
    const { topK } = previous;
    const { layers } = carriedPlan(to, previous, { ...previous, topK: 1 });
    if (!sameJson([plan.topK, plan.layers], [topK, layers]))
      report(
        "first-plan-goes-on",
        `${asked} has topK ${plan.topK} and ${short(plan.layers)}, not ${topK} and ${short(layers)}: a token would go elsewhere`,
      );
  }
}

function checkState(policy: RouterPolicy, report: Report, before: string | undefined): void {
  attempt(report, "state", "toState()", () => {
    const state = policy.toState();
    const text: string | undefined = JSON.stringify(state);
    if (text === undefined || !sameJson(state, JSON.parse(text)))
      report("state-json", `toState() gave what JSON cannot hold: ${short(state)}`);
    if (before !== undefined && before !== print(state))
      report(
        "state-constant",
        `toState() gave ${short(JSON.parse(before))} before the other calls, ${short(state)} after them`,
      );
  });
}

const methods = ["route", "firstPlan", "nextPlan", "toState"] as const;

/**
 * The suite every RouterPolicy must pass, as pure checks: same input same output, inputs untouched, known
 * tasks, confidence within 0..1,
 * plans that keep the stage's shape, a first plan that goes on from the stage before, finite biases, top-k within the experts, a new plan at least one step
 * after its load, a state that is JSON.
 *
 * @returns every violation found; empty for a policy that may be used.
 */
export function routerPolicyContract(policy: RouterPolicy): readonly ContractViolation[] {
  const violations: ContractViolation[] = [];
  const report: Report = (rule, found) => {
    if (!violations.some((one) => one.rule === rule && one.found === found)) violations.push({ rule, found });
  };
  if (typeof policy !== "object" || policy === null)
    return [{ rule: "policy-object", found: `the policy is ${String(policy)}` }];
  if (typeof policy.id !== "string" || !/^[\w.@-]+(?:\/[\w.@-]+)*\/\d[\w.-]*$/.test(policy.id))
    report("policy-id", `id is ${short(policy.id)}; it names the policy and its version, e.g. "my-router/1"`);
  const missing = methods.filter((name) => typeof policy[name] !== "function");
  for (const name of missing) report("policy-methods", `${name} is ${short(policy[name])}, not a function`);
  if (missing.length > 0) return violations;
  const before = attempt(report, "state", "toState()", () => print(policy.toState()));
  checkRoutes(policy, report);
  checkPlans(policy, report);
  checkSwitches(policy, report);
  checkState(policy, report, before?.answer);
  return violations;
}

/**
 * Takes a user's own policy after it has passed the contract suite.
 *
 * @throws TomoeError `ROUTER_CONTRACT` listing every violation.
 */
export function defineRouterPolicy<P extends RouterPolicy>(policy: P): P {
  const violations = routerPolicyContract(policy);
  if (violations.length === 0) return policy;
  const lines = violations.map(({ rule, found }) => `- ${rule}: ${found}`);
  throw new TomoeError(
    "ROUTER_CONTRACT",
    `the router policy breaks ${violations.length} ${violations.length === 1 ? "rule" : "rules"} of its contract:\n${lines.join("\n")}`,
    {
      hint: "A policy is pure: no clock, no randomness, no state between calls, inputs untouched; see ts/router/README.md.",
      details: { violations: violations.map(({ rule, found }) => ({ rule, found })) },
    },
  );
}
