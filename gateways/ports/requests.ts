import type { Acceptance, NewRequest } from "#commands/request/accept-request.ts"
import type { KeptCall, KeptReply } from "#commands/request/kept-reply.ts"
import type { GatewayId, JobId, NamespaceId, RequestId } from "#domain/kernel/ids.ts"
import type { Request, RequestOutcome } from "#domain/request/index.ts"

export interface RequestPlace {
  readonly namespaceId: NamespaceId
  readonly requestId: RequestId
}

export interface Generation {
  readonly requestId: RequestId
  readonly generation: number
}

/** A request without an end, as the read model has it: a hint, the log decides. */
export interface OpenRequestRef extends RequestPlace {
  /** Null: nobody works on it. */
  readonly gatewayId: GatewayId | null
  readonly generation: number
  /** Whether a client is to be waited for: nobody but its repeat takes such a request up again. */
  readonly isAttached: boolean
  readonly acceptedAt: number
  readonly expiresAt: number
}

/** The use cases of requests whose answers are kept. Each rejects when the log or the content store is away. */
export interface Requests {
  readonly accept: (request: NewRequest) => Promise<Acceptance>
  /** As the log has it now. */
  readonly load: (requestId: RequestId) => Promise<Request>
  /** The generation that this gateway runs from now on; null when it may not. */
  readonly start: (start: { readonly requestId: RequestId; readonly gatewayId: GatewayId; readonly replaces: number | null }) => Promise<number | null>
  /** These three end a generation's part; false when it is not the current one any more. */
  readonly giveBack: (undone: Generation) => Promise<boolean>
  readonly drop: (nothing: Generation & { readonly code: string }) => Promise<boolean>
  readonly finish: (
    finished: Generation & RequestPlace & { readonly outcome: RequestOutcome; readonly jobIds: readonly JobId[]; readonly reply: KeptReply },
  ) => Promise<boolean>
  /** False when it had ended. */
  readonly cancel: (cancelled: { readonly requestId: RequestId; readonly reason: string }) => Promise<boolean>
  readonly expire: (requestId: RequestId) => Promise<void>
  /** Null when it was erased or is past its retention. */
  readonly reply: (place: RequestPlace & Generation) => Promise<KeptReply | null>
  readonly keepCall: (place: RequestPlace, call: KeptCall) => Promise<void>
  readonly call: (place: RequestPlace) => Promise<KeptCall | null>
  /** Whether that gateway was heard of lately. */
  readonly gatewayAlive: (gatewayId: GatewayId) => boolean
  /** Oldest first. */
  readonly open: (limit: number) => Promise<readonly OpenRequestRef[]>
}
