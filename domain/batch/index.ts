export type {
  BatchCommand, BatchRejection, CancelBatch, CreateBatch, EndBatch, FailBatch, FinalizeBatch, FinishLines, StartBatch, TakeBatch,
} from "./commands.ts"
export { batch } from "./decide.ts"
export type { BatchEvent, BatchOutcome, Created } from "./events.ts"
export { type Batch, isOpen, type KnownBatch } from "./state.ts"
