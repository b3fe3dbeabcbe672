import { piecesOf, RECORD_SEPARATOR, recordText } from "#domain/protocol/answer-text.ts"
import type { InferenceRequest } from "#domain/protocol/inference-request.ts"

/**
 * What a node needs to go on with an answer. Megabytes of vectors and log probabilities are not among it: it gets the inputs that have no
 * vector yet, and what was said and called.
 */
export const stillToDo = (
  request: InferenceRequest,
  deliveredText: string,
): { readonly request: InferenceRequest; readonly deliveredText: string } => {
  if (!deliveredText.includes(RECORD_SEPARATOR)) return { request, deliveredText }
  const pieces = piecesOf(deliveredText)
  if (request.task !== "embedding") {
    return { request, deliveredText: pieces.map((piece) => (piece.type === "text" ? piece.text : piece.type === "tool_call" ? recordText(piece) : "")).join("") }
  }
  const done = pieces.filter(({ type }) => type === "embedding").length
  return { request: { ...request, inputs: request.inputs.slice(done) }, deliveredText: "" }
}
