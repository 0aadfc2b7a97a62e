/** `T` with every key optional whose value may be undefined, and undefined taken from its values. */
export type Defined<T> = {
  [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key];
} & {
  [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
};

/**
 * The fields that are there: under `exactOptionalPropertyTypes` a key that may be absent must not be given
 * as undefined. `{ ...defined({ seed, signal }) }` spreads what the caller gave and nothing else.
 */
export function defined<const T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
