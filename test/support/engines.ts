import process from "node:process"
import { ENGINE_NAMES, ENGINE_VARIABLES, type EngineName } from "#infra/engines/engine.ts"

/** The server's URL. A missing engine fails the file that needs it: a test that did not run must not look like one that passed. */
export const engineUrl = (engine: EngineName): string => {
  const url = process.env[ENGINE_VARIABLES[engine]]
  if (url === undefined || url === "") throw new Error(`${ENGINE_VARIABLES[engine]} is not set: run it with npm run test:engines`)
  return url
}

/** Has an address in the environment already, so that nothing needs to be started: `MONGO_URL` of a real MongoDB, say. */
export const isGiven = (engine: EngineName): boolean => (process.env[ENGINE_VARIABLES[engine]] ?? "") !== ""

export const enginesToStart = (): readonly EngineName[] => ENGINE_NAMES.filter((engine) => !isGiven(engine))
