/** What `/proc` and the control groups say, read only. Loads no execa, so that whoever only looks starts fast. */

export { type AvailableMemory, availableMemory, usableBytes } from "./available.ts";
export type { GroupMemory } from "./control-group.ts";
export { groupMemoryOf } from "./control-group.ts";
export { pidPlace, pidSpace } from "./pid-space.ts";
export type { ProcessIdentity } from "./tree.ts";
export { descendantsOf, identifyProcess } from "./tree.ts";
