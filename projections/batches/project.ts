import { defineProjection } from "../projection.ts"
import { add, put } from "../writes.ts"
import { batches } from "./table.ts"

export const batchesProjection = defineProjection({
  name: "batches",
  version: 1,
  tables: [batches],
  rules: {
    BatchCreated: ({ data: { batchId, namespaceId, keyId, endpoint, inputFileId, at, expiresAt }, position }) => [
      put(
        batches,
        { batch_id: batchId },
        {
          namespace_id: namespaceId, key_id: keyId, endpoint, input_file_id: inputFileId, stage: "validating", created_at: at, expires_at: expiresAt,
          position,
        },
      ),
    ],
    BatchTaken: ({ data: { batchId, generation, gatewayId } }) => [put(batches, { batch_id: batchId }, { generation, gateway_id: gatewayId })],
    BatchStarted: ({ data: { batchId, model, lines, at } }) => [put(batches, { batch_id: batchId }, { stage: "in_progress", model, lines, started_at: at })],
    BatchFailed: ({ data: { batchId, code, at } }) => [put(batches, { batch_id: batchId }, { stage: "failed", problem: code, ended_at: at })],
    BatchLinesFinished: ({ data: { batchId, completed, failed } }) => [
      add(batches, { batch_id: batchId }, { completed: BigInt(completed.length), failed: BigInt(failed.length) }),
    ],
    BatchCancelRequested: ({ data: { batchId, at } }) => [put(batches, { batch_id: batchId }, { cancel_requested_at: at })],
    BatchFinalizing: ({ data: { batchId, at } }) => [put(batches, { batch_id: batchId }, { stage: "finalizing", finalizing_at: at })],
    BatchEnded: ({ data: { batchId, outcome, outputFileId, errorFileId, at } }) => [
      put(batches, { batch_id: batchId }, { stage: outcome, output_file_id: outputFileId, error_file_id: errorFileId, ended_at: at }),
    ],
  },
})
