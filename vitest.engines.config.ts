import { defineConfig } from "vitest/config"
import { ClosingLineReporter } from "./test/support/closing-line-reporter.ts"

/** Every contract and the whole way on the real servers that `npm run test:engines` starts. */
export default defineConfig({
  test: {
    passWithNoTests: false,
    reporters: ["default", new ClosingLineReporter()],
    include: ["test/engines/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two cores: engines that work at once would measure each other.
    fileParallelism: false,
  },
})
