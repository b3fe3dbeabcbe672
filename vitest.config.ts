import { defineConfig } from "vitest/config"

/** unit: no server, no socket, seconds. integration: starts embedded Postgres, engines and whole networks. */
export default defineConfig({
  test: {
    passWithNoTests: false,
    projects: [
      { test: { name: "unit", include: ["test/{domain,commands,projections,gateways,node,golden,architecture}/**/*.test.ts"] } },
      {
        test: {
          name: "integration",
          include: ["test/{contracts,scenarios,e2e}/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
        },
      },
    ],
  },
})
