import type { PlatformConfig } from "./platform-config.ts"
import { cannotStart } from "../main/exit.ts"

type Address = { [Key in keyof PlatformConfig]: PlatformConfig[Key] extends string | null ? Key : never }[keyof PlatformConfig]

/** An address that this profile cannot do without; `config check` finds a missing one before. */
export const required = (config: PlatformConfig, address: Address): string => {
  const value = config[address]
  if (value === null) throw cannotStart(`${address} is not configured; see resultity config check`)
  return value
}
