import type { Environment } from "#domain/kernel/ids.ts"
import { type JobStreamNames, jobStreamNames } from "../job-stream-setup.ts"
import { telemetryStream, telemetrySubjects } from "../telemetry.ts"
import { type LogLayout, logLayout } from "../log-layout.ts"

/** What one network's parts are called on its NATS servers. */
export interface NetworkNames {
  readonly environment: Environment
  /** First tokens of everything on the bus. */
  readonly bus: string
  readonly log: LogLayout
  readonly jobs: JobStreamNames
  readonly telemetry: { readonly stream: string; readonly subjects: string }
}

export const networkNames = (environment: Environment): NetworkNames => ({
  environment,
  bus: `resultity.${environment}`,
  log: logLayout(`resultity-${environment}`),
  jobs: jobStreamNames(environment),
  telemetry: { stream: telemetryStream(environment), subjects: telemetrySubjects(environment) },
})
