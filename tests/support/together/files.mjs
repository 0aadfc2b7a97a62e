// The one file that jest is given in place of many (TOMOE_TEST_FILES, one path a line from the package root). A file
// of its own costs jest 1.3 s before its first test, for all modules it imports are linked anew, and most files here
// test for a few milliseconds. Each file is a block of its name, so that its hooks are its own; modules are shared.
import { resolve } from "node:path";

for (const path of process.env.TOMOE_TEST_FILES.split("\n")) await register(path);

/** Registers the tests of one file below a block of its name; a file that does not load is one failed test. */
async function register(path) {
  let block;
  describe(path, () => {
    block = circus.currentDescribeBlock;
  });
  const outer = circus.currentDescribeBlock;
  circus.currentDescribeBlock = block;
  try {
    await import(resolve(path));
    if (block.children.length === 0) throw new Error(`${path} has no test`);
  } catch (error) {
    test("loads", () => {
      throw error;
    });
  } finally {
    circus.currentDescribeBlock = outer;
  }
}
