import { apiKey, DEFAULT_LIMITS } from "#domain/api-key/index.ts"
import { creditLedger } from "#domain/credit-ledger/index.ts"
import type { Decider, DomainEvent } from "#domain/kernel/decider.ts"
import type { KeyId, NamespaceId } from "#domain/kernel/ids.ts"
import { namespace } from "#domain/namespace/index.ts"

/** Where commands go. */
interface World {
  readonly state: <State, C, E extends DomainEvent, R>(decider: Decider<State, C, E, R>, id: string) => State
  readonly run: <State, C, E extends DomainEvent, R>(decider: Decider<State, C, E, R>, id: string, command: C) => void
}

interface Chance {
  readonly pick: (n: number) => number
  readonly at: number
}

/** Of which some arrive, some come back, and some are under way for ever. */
export const transfer = (world: World, [namespaceId, other]: readonly [NamespaceId, NamespaceId], { pick, at }: Chance): void => {
  const [transferId, amount] = [`t-${at}`, BigInt(1 + pick(4))]
  world.run(creditLedger, namespaceId, { type: "SendCredits", namespaceId, transferId, toNamespaceId: other, amount, at })
  const isSent = world.state(creditLedger, namespaceId).sent.get(transferId) !== undefined
  const outcome = pick(3)
  if (!isSent || outcome === 0) return
  if (outcome === 1) return world.run(creditLedger, namespaceId, { type: "ReturnCredits", namespaceId, transferId, at })
  world.run(creditLedger, other, { type: "ReceiveCredits", namespaceId: other, transferId, fromNamespaceId: namespaceId, amount, at })
  world.run(creditLedger, namespaceId, { type: "CompleteTransfer", namespaceId, transferId, at })
}

/** Keys and namespaces as people change them. */
export const change = (world: World, { namespaceId, keyId, successorId }: { readonly namespaceId: NamespaceId; readonly keyId: KeyId; readonly successorId: KeyId }, { pick, at }: Chance): void => {
  switch (pick(5)) {
    case 0:
      return world.run(apiKey, keyId, { type: "ChangeKeyLimits", keyId, limits: { ...DEFAULT_LIMITS, spendPerDay: BigInt(pick(9)) }, by: null, at })
    case 1:
      return world.run(apiKey, keyId, { type: "RenameKey", keyId, name: `k${pick(3)}`, at })
    case 2:
      return world.run(apiKey, keyId, { type: "RotateKey", keyId, successorId, endsAt: at + 60_000, by: null, at })
    case 3:
      return world.run(namespace, namespaceId, { type: "RenameNamespace", namespaceId, name: `n${pick(3)}`, at })
    default:
      return world.run(namespace, namespaceId, { type: "ChangeRetention", namespaceId, retentionDays: pick(366), at })
  }
}
