import process from "node:process"

/** Servers that the engine tests run on, and where each is found. `resultity engines up` prints these variables. */
const VARIABLES = {
  nats: "NATS_URL",
  redis: "REDIS_URL",
  rabbitmq: "RABBITMQ_URL",
  mongo: "MONGO_URL",
  postgres: "DATABASE_URL",
} as const

export type Engine = keyof typeof VARIABLES

/** The server's URL. A missing engine fails the file that needs it: a test that did not run must not look like one that passed. */
export const engineUrl = (engine: Engine): string => {
  const url = process.env[VARIABLES[engine]]
  if (url === undefined || url === "") throw new Error(`${VARIABLES[engine]} is not set: run it with npm run test:engines`)
  return url
}

/** Named in `ENGINES_OPTIONAL` and not there: its tests are left out, and the run says so. */
export const leftOut = (engine: Engine): boolean =>
  (process.env["ENGINES_OPTIONAL"] ?? "").split(",").includes(engine) && (process.env[VARIABLES[engine]] ?? "") === ""
