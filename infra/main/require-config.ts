import { Result } from "effect"
import process from "node:process"
import { type PlatformConfig, readConfig } from "../config/platform-config.ts"
import { CliFailure, EXIT } from "./exit.ts"

/** The environment's configuration; wrong usage, with all that is wrong, if there is none. */
export const requireConfig = (): PlatformConfig => {
  const read = readConfig(process.env)
  if (Result.isSuccess(read)) return read.success
  throw new CliFailure(`the environment is not a configuration: ${read.failure.join("; ")}`, EXIT.usage)
}
