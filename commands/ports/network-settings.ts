import { Context } from "effect"
import type { Environment } from "#domain/kernel/ids.ts"

export interface NetworkSettingsShape {
  readonly environment: Environment
}

/** Which of the two networks this process belongs to. */
export class NetworkSettings extends Context.Service<NetworkSettings, NetworkSettingsShape>()(
  "commands/NetworkSettings",
) {}
