import type { JsonValue } from "../../errors.ts";
import type { StageConfig } from "../../schema/experiment.ts";
import type { RouterPolicy, RoutingPlan } from "../../schema/router.ts";
import type { StageSpec } from "../../schema/stage.ts";
import type { Option } from "./options.ts";

/** What the worker is told of a stage. */
export interface StageParts {
  readonly spec: StageSpec;
  readonly plan: RoutingPlan;
}

/** A stage as it will begin. */
export interface StageAt extends StageParts {
  readonly stage: StageConfig;
  readonly index: number;
  /** Where the recipe has it: "stages.1". */
  readonly path: string;
  readonly policy: RouterPolicy;
  /** The plan that it would begin with under a policy. */
  readonly planOf: (policy: RouterPolicy) => RoutingPlan;
  /** Volumes of the global batch that are left of a trial's step. */
  readonly cutVolumes: number;
}

type Fields = { readonly [field: string]: unknown };

/** Where an option goes: to the message of this name, by these fields; undefined where it does not travel. */
export function travelOf({
  travels,
}: Option): { readonly message: string; readonly fields: readonly string[] } | undefined {
  const [message, ...fields] = travels?.split(".") ?? [];
  return message === undefined ? undefined : { message, fields };
}

/** A stage as it would be told with another value of an option that travels with it or with its plan. */
export function varied({ spec, plan }: StageParts, option: Option, value: JsonValue): StageParts {
  const { message, fields = [] } = travelOf(option) ?? {};
  return message === "plan"
    ? { spec, plan: put(plan, fields, option, value) }
    : { spec: put(spec, fields, option, value), plan };
}

/** An object with one field replaced, at the end of a way of fields; "name[]" goes into a list's entries. */
function put<T extends object>(
  of: T,
  [field, ...rest]: readonly string[],
  option: Option,
  value: JsonValue,
): T {
  if (field === undefined) return of;
  const name = field.replace("[]", "");
  const held = (of as Fields)[name];
  const next = !field.endsWith("[]")
    ? rest.length === 0
      ? value
      : put(held as object, rest, option, value)
    : (held as readonly unknown[]).map((entry, at) =>
        !isMeant(entry, at, option)
          ? entry
          : rest.length === 0
            ? value
            : put(entry as object, rest, option, value),
      );
  return { ...of, [name]: next };
}

/** Whether an entry of a list on the wire is the one that an option of a list or map stands for; all are without a key. */
function isMeant(entry: unknown, at: number, { key }: Option): boolean {
  if (key === "") return true;
  if (typeof entry !== "object" || entry === null) return String(at) === key;
  return Object.values(entry).includes(key);
}
