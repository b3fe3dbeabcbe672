import type { BatchId, GatewayId } from "../kernel/ids.ts"
import type { Created, Ended, Failed, Finalizing, LinesFinished, Started } from "./events.ts"

export interface CreateBatch extends Created {
  readonly type: "CreateBatch"
}

/** `replaces`: the generation that is lost; 0 where nobody has taken it. */
export interface TakeBatch {
  readonly type: "TakeBatch"
  readonly batchId: BatchId
  readonly gatewayId: GatewayId
  readonly replaces: number
  readonly at: number
}

export interface StartBatch extends Started {
  readonly type: "StartBatch"
}

export interface FailBatch extends Failed {
  readonly type: "FailBatch"
}

/** Lines that have a result already keep it. */
export interface FinishLines extends LinesFinished {
  readonly type: "FinishLines"
}

export interface CancelBatch {
  readonly type: "CancelBatch"
  readonly batchId: BatchId
  readonly at: number
}

export interface FinalizeBatch extends Finalizing {
  readonly type: "FinalizeBatch"
}

export interface EndBatch extends Ended {
  readonly type: "EndBatch"
}

export type BatchCommand = CreateBatch | TakeBatch | StartBatch | FailBatch | FinishLines | CancelBatch | FinalizeBatch | EndBatch

export type BatchRejection =
  | { readonly _tag: "BatchNotFound"; readonly batchId: string }
  | { readonly _tag: "BatchConflict"; readonly batchId: string }
  /** Another gateway has taken over from this generation. */
  | { readonly _tag: "StaleRunner"; readonly batchId: string; readonly generation: number; readonly current: number }
  | { readonly _tag: "BatchNotReady"; readonly batchId: string; readonly stage: string }
  | { readonly _tag: "BatchOver"; readonly batchId: string; readonly stage: string }
  | { readonly _tag: "UnknownLine"; readonly batchId: string; readonly line: number; readonly lines: number }
  | { readonly _tag: "LinesLeft"; readonly batchId: string; readonly left: number }
