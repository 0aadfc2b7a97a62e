/**
 * The only door to child processes: started, bounded in time, output and memory, and ended with their whole
 * tree.
 */

export type { BoundedCommand, BoundedResult } from "./bounded.ts";
export { runBounded } from "./bounded.ts";
export type { Child, ChildCommand, ChildExit } from "./child.ts";
export { startChild } from "./child.ts";
export type { Exchange, ExchangeEnd } from "./exchange.ts";
export { startExchange } from "./exchange.ts";
export { findCommand } from "./find-command.ts";
export { RotatingLog } from "./rotating-log.ts";
