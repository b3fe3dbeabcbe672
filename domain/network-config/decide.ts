import { Result } from "effect"
import { type Decider, foldWith } from "../kernel/decider.ts"
import type { Environment } from "../kernel/ids.ts"
import { codec, type NetworkConfigEvent, type PolicyDocument } from "./events.ts"

export interface NetworkConfig {
  readonly current: { readonly ruleHash: string; readonly document: PolicyDocument } | null
  /** Every document that was ever in force: old holds settle by the rules of their day. */
  readonly byHash: ReadonlyMap<string, PolicyDocument>
}

export interface PublishPolicy {
  readonly type: "PublishPolicy"
  readonly environment: Environment
  readonly ruleHash: string
  readonly document: PolicyDocument
  readonly at: number
}

export type NetworkConfigRejection = {
  readonly _tag: "PolicyVersionNotNewer"
  readonly current: number
  readonly offered: number
}

const apply = (state: NetworkConfig, event: NetworkConfigEvent): NetworkConfig => {
  const { ruleHash, document } = event.data
  return { current: { ruleHash, document }, byHash: new Map(state.byHash).set(ruleHash, document) }
}

const decide =
  (command: PublishPolicy) =>
  (state: NetworkConfig): Result.Result<readonly NetworkConfigEvent[], NetworkConfigRejection> => {
    if (state.current?.ruleHash === command.ruleHash) return Result.succeed([])
    const current = state.current?.document.version ?? 0
    if (command.document.version <= current) {
      return Result.fail({ _tag: "PolicyVersionNotNewer", current, offered: command.document.version })
    }
    const { environment, ruleHash, document, at } = command
    return Result.succeed([{ type: "PolicyPublished", data: { environment, ruleHash, document, at } }])
  }

export const networkConfig: Decider<NetworkConfig, PublishPolicy, NetworkConfigEvent, NetworkConfigRejection> = {
  category: "policy",
  codec,
  initial: { current: null, byHash: new Map() },
  fold: foldWith(apply),
  decide,
}
