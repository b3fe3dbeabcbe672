import type { BatchId } from "#domain/kernel/ids.ts"

export interface LineReply {
  readonly status: number
  readonly requestId: string
  /** JSON. */
  readonly body: string
}

const idOf = (batchId: BatchId, line: number): string => `batch_req_${batchId.slice("batch_".length)}_${line}`

/** A line of the output or error file: what came of one request. */
export const repliedLine = (batchId: BatchId, line: number, { customId, reply }: { readonly customId: string; readonly reply: LineReply }): string => {
  const response = { status_code: reply.status, request_id: reply.requestId, body: bodyOf(reply.body) }
  return JSON.stringify({ id: idOf(batchId, line), custom_id: customId, response, error: null })
}

const UNANSWERED = {
  expired: { code: "batch_expired", message: "This request could not be executed before the completion window expired." },
  cancelled: { code: "batch_cancelled", message: "This request was not executed: the batch was cancelled." },
  lost: { code: "result_unavailable", message: "The result of this request was erased, or is past its retention." },
} as const

/** Of a line that came to nothing. */
export const unansweredLine = (batchId: BatchId, line: number, { customId, why }: { readonly customId: string | null; readonly why: keyof typeof UNANSWERED }): string =>
  JSON.stringify({ id: idOf(batchId, line), custom_id: customId, response: null, error: UNANSWERED[why] })

const bodyOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
