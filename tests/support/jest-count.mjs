// Writes jest's totals where scripts/test.mjs adds them to pytest's; jest's own closing line is not one that
// counts over all suites.
import { writeFileSync } from "node:fs";
import { relative } from "node:path";

export default class JestCount {
  onRunComplete(_contexts, results) {
    const file = process.env.TOMOE_TEST_COUNTS;
    if (file === undefined) return;
    const failedSuites = results.testResults.filter(
      (suite) =>
        suite.testExecError !== undefined && suite.testExecError !== null && suite.numFailingTests === 0,
    ).length;
    const slowest = results.testResults
      .flatMap((suite) =>
        suite.testResults.map((test) => ({
          title: `${relative(process.cwd(), suite.testFilePath)} ${test.fullName}`,
          seconds: (test.duration ?? 0) / 1000,
        })),
      )
      .sort((a, b) => b.seconds - a.seconds)
      .slice(0, 20);
    writeFileSync(
      file,
      JSON.stringify({
        passed: results.numPassedTests,
        failed: results.numFailedTests + failedSuites,
        skipped: results.numPendingTests + results.numTodoTests,
        slowest,
      }),
    );
  }
}
