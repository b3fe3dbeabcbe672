import { MAX_ANSWER_BYTES, recordText } from "#domain/protocol/answer-text.ts"

const CALL_ID_LETTERS = 24

/** The calls of one answer, all together: whoever goes on with the answer never sees some of them. `random`: in [0, 1). */
export const callsText = (calls: readonly { readonly name: string; readonly arguments: string }[], random: () => number): string =>
  calls.map((call) => recordText({ type: "tool_call", call: { id: `call_${letters(random)}`, ...call } })).join("")

const letters = (random: () => number): string =>
  Array.from({ length: CALL_ID_LETTERS }, () => Math.floor(random() * 36).toString(36)).join("")

/** The first `dimensions` numbers of a vector, scaled to unit length, as a record. A vector of zeros stays one. */
export const vectorText = (values: readonly number[], dimensions: number): string => {
  const taken = values.slice(0, dimensions)
  const length = Math.hypot(...taken)
  const bytes = new DataView(new ArrayBuffer(taken.length * Float32Array.BYTES_PER_ELEMENT))
  for (const [index, value] of taken.entries()) bytes.setFloat32(index * Float32Array.BYTES_PER_ELEMENT, length === 0 ? 0 : value / length, true)
  return recordText({ type: "embedding", vector: Buffer.from(bytes.buffer).toString("base64") })
}

/** Vectors of so many numbers that one answer holds. */
export const mostVectors = (dimensions: number): number => {
  const numbers = Math.ceil((dimensions * Float32Array.BYTES_PER_ELEMENT) / 3) * 4
  return Math.floor(MAX_ANSWER_BYTES / (recordText({ type: "embedding", vector: "" }).length + numbers))
}
