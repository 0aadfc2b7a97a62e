// What a fixture leaves is there for all test files that share its module, and gone after the last.

/** jest-circus' state, where many files run in one: see together/files.mjs. */
interface Together {
  readonly circus?: { currentDescribeBlock: unknown; readonly rootDescribeBlock: unknown };
}

/** Runs `work` after the last test of all files that run in this one. */
export function atEnd(work: () => void | Promise<void>): void {
  const { circus } = globalThis as Together;
  if (circus === undefined) {
    afterAll(work);
    return;
  }
  const block = circus.currentDescribeBlock;
  circus.currentDescribeBlock = circus.rootDescribeBlock;
  afterAll(work);
  circus.currentDescribeBlock = block;
}
