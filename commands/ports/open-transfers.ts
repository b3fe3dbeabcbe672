import { Context, Data, type Effect } from "effect"
import type { NamespaceId } from "#domain/kernel/ids.ts"

export interface OpenTransferRef {
  readonly transferId: string
  readonly fromNamespaceId: NamespaceId
  readonly toNamespaceId: NamespaceId
  /** Micro-credits. */
  readonly amount: bigint
}

export class OpenTransfersUnavailable extends Data.TaggedError("OpenTransfersUnavailable")<{ readonly reason: string }> {}

export interface OpenTransfersShape {
  /** Transfers that were sent before `sentBefore` (ms since 1970) and have no end, oldest first. A hint: the ledgers have the last word. */
  readonly list: (sentBefore: number, limit: number) => Effect.Effect<readonly OpenTransferRef[], OpenTransfersUnavailable>
}

/** Where the watchdog looks for transfers that nobody finished. */
export class OpenTransfers extends Context.Service<OpenTransfers, OpenTransfersShape>()("commands/OpenTransfers") {}
