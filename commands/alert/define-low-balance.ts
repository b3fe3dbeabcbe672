import { Effect } from "effect"
import { alerts } from "#domain/alert/index.ts"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import { Commands } from "../handle.ts"
import { uuidV7 } from "../ids.ts"

export interface LowBalance {
  readonly namespaceId: NamespaceId
  /** Micro-credits; null: no balance is low. */
  readonly amount: bigint | null
}

export const defineLowBalance = Effect.fnUntraced(function* ({ namespaceId, amount }: LowBalance) {
  const { handle } = yield* Commands
  const command = { type: "DefineLowBalance", namespaceId, amount, at: Date.now() } as const
  return yield* handle(alerts, namespaceId, command, { commandId: `${namespaceId}/low-balance/${uuidV7()}`, correlationId: namespaceId })
})
