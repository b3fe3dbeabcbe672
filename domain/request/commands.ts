import type { GatewayId, RequestId } from "../kernel/ids.ts"
import type { Accepted, Finished } from "./events.ts"

export interface AcceptRequest extends Accepted {
  readonly type: "AcceptRequest"
  /** The gateway that begins at once, or null when any may. */
  readonly startWith: GatewayId | null
}

export interface StartRequest {
  readonly type: "StartRequest"
  readonly requestId: RequestId
  readonly gatewayId: GatewayId
  /** The generation whose gateway is lost; null for a request that nobody works on. */
  readonly replaces: number | null
  readonly at: number
}

export interface ReturnRequest {
  readonly type: "ReturnRequest"
  readonly requestId: RequestId
  readonly generation: number
  readonly at: number
}

export interface DropRequest {
  readonly type: "DropRequest"
  readonly requestId: RequestId
  readonly generation: number
  readonly code: string
  readonly at: number
}

export interface FinishRequest extends Finished {
  readonly type: "FinishRequest"
}

export interface CancelRequest {
  readonly type: "CancelRequest"
  readonly requestId: RequestId
  readonly reason: string
  readonly at: number
}

/** Ends the request if its time is over and it has no answer. */
export interface ExpireRequest {
  readonly type: "ExpireRequest"
  readonly requestId: RequestId
  readonly at: number
}

export type RequestCommand = AcceptRequest | StartRequest | ReturnRequest | DropRequest | FinishRequest | CancelRequest | ExpireRequest

export type RequestRejection =
  | { readonly _tag: "RequestNotFound"; readonly requestId: string }
  /** The same key, and another request. */
  | { readonly _tag: "RequestMismatch"; readonly requestId: string }
  | { readonly _tag: "RequestTaken"; readonly requestId: string; readonly gatewayId: string; readonly generation: number }
  | { readonly _tag: "RequestOver"; readonly requestId: string; readonly stage: string }
  /** Another gateway has taken over from this generation. */
  | { readonly _tag: "StaleGeneration"; readonly requestId: string; readonly generation: number; readonly current: number }
  | { readonly _tag: "RequestInTime"; readonly requestId: string; readonly expiresAt: number }
