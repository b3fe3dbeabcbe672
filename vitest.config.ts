import { defineConfig } from "vitest/config"
import { ClosingLineReporter } from "./test/support/closing-line-reporter.ts"

/** unit: no server, no child process, seconds. integration: starts Postgres, engines and whole networks. */
export default defineConfig({
  test: {
    passWithNoTests: false,
    reporters: ["default", new ClosingLineReporter()],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/{domain,commands,projections,gateways,node,infra,golden,architecture}/**/*.test.ts"],
          testTimeout: 30_000,
          // Pure code: one import of effect per worker instead of one per file.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["test/{contracts,scenarios,e2e}/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Two cores: networks that run at once would measure each other.
          fileParallelism: false,
        },
      },
    ],
  },
})
