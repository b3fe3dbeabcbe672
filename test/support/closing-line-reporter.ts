import type { Reporter, TestModule } from "vitest/node"

/** Ends a run with one plain line that any CI can read: `N passed, N failed`. A file that could not run counts as a failure. */
export class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (state: string): number => tests.filter((test) => test.result().state === state).length
    const broken = modules.filter((module) => module.errors().length > 0).length
    const skipped = count("skipped")
    const line = `${count("passed")} passed, ${count("failed") + broken + unhandledErrors.length} failed`
    process.stdout.write(`${line}${skipped > 0 ? `, ${skipped} skipped` : ""}\n`)
  }
}
