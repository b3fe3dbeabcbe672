import process from "node:process"
import { ENGINE_NAMES, ENGINE_VARIABLES, type EngineName } from "#infra/engines/engine.ts"
import { optionalEngines } from "#infra/engines/report.ts"

/** The server's URL. A missing engine fails the file that needs it: a test that did not run must not look like one that passed. */
export const engineUrl = (engine: EngineName): string => {
  const url = process.env[ENGINE_VARIABLES[engine]]
  if (url === undefined || url === "") throw new Error(`${ENGINE_VARIABLES[engine]} is not set: run it with npm run test:engines`)
  return url
}
