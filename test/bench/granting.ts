import { Effect } from "effect"
import { makeCommands } from "#commands/handle.ts"
import { newNamespaceId, uuidV7 } from "#commands/ids.ts"
import type { EventStoreShape } from "#commands/ports/event-store.ts"
import { creditLedger } from "#domain/credit-ledger/index.ts"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import type { Operation } from "./measure.ts"

/** Grants credits through `handle`, each writer to the ledger that `ledgerOf` names. */
export const granting = (store: EventStoreShape, ledgerOf: (writer: number) => NamespaceId): Operation => {
  const { handle } = makeCommands(store)
  return (writer) => {
    const namespaceId = ledgerOf(writer)
    // As the command line makes them: the ledger's map counts on their random end.
    const grantId = uuidV7()
    const command = { type: "GrantCredits", namespaceId, grantId, amount: 1n, reason: "bench", at: Date.now() } as const
    return Effect.runPromise(handle(creditLedger, namespaceId, command, { commandId: grantId, correlationId: namespaceId }))
  }
}

/** All writers on one ledger: their commands wait for each other and share commits. */
export const busyLedger = (store: EventStoreShape): Operation => {
  const busy = newNamespaceId()
  return granting(store, () => busy)
}

export const ledgerPerWriter = (store: EventStoreShape, writers: number): Operation => {
  const ledgers = Array.from({ length: writers }, newNamespaceId)
  return granting(store, (writer) => ledgers[writer] ?? newNamespaceId())
}
