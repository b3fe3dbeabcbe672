import type { AttemptId, GatewayId, JobId, NodeId } from "../kernel/ids.ts"
import type { Receipt } from "../job/index.ts"
import type { FinishReason } from "../job/index.ts"
import type { InferenceRequest } from "./inference-request.ts"

/** Subjects of the bus. One publisher's messages on one subject arrive in order. */
export const tokensSubject = (jobId: JobId): string => `tokens.${jobId}`
/** Asks the job's cloud gateway what its client has, and says whose tokens count from now on. */
export const deliveredSubject = (jobId: JobId): string => `delivered.${jobId}`
/** Asks the IO gateway of the job's node for what it said: the bus may lose messages. */
export const saidSubject = (jobId: JobId): string => `said.${jobId}`
/** Asks any node that serves the model to count a prompt's tokens. */
export const countSubject = (model: string): string => `count.${model}`
/** Instructions for one connected node. */
export const nodeSubject = (nodeId: NodeId): string => `node.${nodeId}`
/** "Something happened to this job": a hint, the log has the facts. */
export const JOB_TAP = "tap.job"
/** "A node came, went or has a slot free": waiting jobs may be assigned. */
export const CAPACITY_TAP = "tap.capacity"
/** "This attempt's node has done its part" (`SlotTap`): its slot is free before the end is on record. */
export const SLOT_TAP = "tap.slot"

/** "This cloud gateway lives" (`GatewayBeat`). */
export const GATEWAY_BEAT = "beat.gateway"
/** What the watchdog says to itself (`WatchdogBeat`): while it does not hear that, it would not hear gateways either. */
export const WATCHDOG_BEAT = "beat.watchdog"

/** `unsupported`: each node that was asked says that its model cannot do what the request asks for. */
export type EndedReason = "expired" | "failed" | "dead_lettered" | "cancelled" | "lost" | "unsupported"

/** On `tokens.<job>`: what the client's stream is made of. */
export type StreamMessage =
  /** `index` is 0, 1, 2, … within the attempt: what is missing shows. */
  | { readonly type: "tokens"; readonly attemptId: AttemptId; readonly index: number; readonly text: string; readonly tokens: number }
  | FinishedMessage
  /** The job ended without an answer: an error for the client. */
  | { readonly type: "ended"; readonly reason: EndedReason; readonly message: string }

/** The receipt was verified; nothing follows the `chunks` messages that went before. */
export interface FinishedMessage {
  readonly type: "finished"
  readonly attemptId: AttemptId
  readonly chunks: number
  readonly finishReason: FinishReason
  /** The network's own count for this attempt. */
  readonly completionTokens: number
  /** So that whoever has the answer can put its end on record if the sender is gone before it could. */
  readonly receipt: Receipt
}

/** On `said.<job>`: the messages of its attempt at work from index `after` on. `attemptId` null: whichever attempt it is. */
export interface SaidRequest {
  readonly attemptId: AttemptId | null
  readonly after: number
}

export interface SaidReply {
  readonly messages: readonly StreamMessage[]
  /** There are more after them; a reply holds no more than a broker takes. */
  readonly more: boolean
}

/** Characters of messages, as JSON, in one `SaidReply`; one message is always in it. */
export const MAX_SAID_CHARACTERS = 256 * 1024
/** Characters of text in one `DeliveredReply`. */
export const MAX_DELIVERED_CHARACTERS = 128 * 1024

/** Reply on `delivered.<job>`. */
export interface DeliveredReply {
  /** Attempts seen so far and the tokens of each that the client has. */
  readonly attempts: readonly { readonly attemptId: AttemptId; readonly tokens: number }[]
  /** All that the client has, or as much of it as fits into one reply, from where it was asked for. */
  readonly text: string
  /** Characters of all that the client has. */
  readonly length: number
  /** The answer is on its way to where a repeat finds it: ask again before its end goes on record. */
  readonly keeping?: true
}

/** `from`: where the reply's text begins; absent: at the beginning. */
export type DeliveredRequest = DeliveryChange & { readonly from?: number }

export type DeliveryChange =
  /** No token of this attempt counts from now on. */
  | { readonly fence: AttemptId }
  /** Of all attempts, those included that nobody has heard of yet, only the tokens of this one count from now on. */
  | { readonly admit: AttemptId }
  /** This attempt's node has done its part: unless another one has taken over since, it counts, whoever fenced it. */
  | { readonly finishing: AttemptId }

export interface CountRequest {
  readonly model: string
  readonly request: InferenceRequest
}

export type CountReply =
  | { readonly ok: true; readonly tokens: number; readonly longest: number; readonly contextLength: number }
  | { readonly ok: false; readonly reason: "no_node" | "failed" | "unsupported"; readonly message: string }

export interface GatewayBeat {
  readonly gatewayId: GatewayId
}

export interface WatchdogBeat {
  /** Of one term of one process. */
  readonly watchdogId: string
}

export interface JobTap {
  readonly jobId: JobId
}

export interface SlotTap {
  readonly jobId: JobId
  readonly attemptId: AttemptId
}

export type NodeInstruction = { readonly type: "cancel"; readonly attemptId: AttemptId; readonly reason: string }

/** "This namespace's balance moved": requests that wait for held credits look again. */
export const ledgerTap = (namespaceId: string): string => `tap.ledger.${namespaceId}`
