import { Schema } from "effect"
import { MalformedRecord } from "#domain/protocol/answer-text.ts"
import { modelOf, type ReplyHead } from "../conversation/answer-writer.ts"
import { EmbeddingUsage, toEmbeddingUsage } from "../conversation/usage.ts"
import type { WholeFormat } from "../conversation/whole-reply.ts"

export type VectorEncoding = "float" | "base64"

export const EmbeddingList = Schema.Struct({
  object: Schema.Literal("list"),
  data: Schema.mutable(
    Schema.Array(
      Schema.Struct({
        object: Schema.Literal("embedding"),
        /** Of its input. */
        index: Schema.Int,
        embedding: Schema.Union([Schema.mutable(Schema.Array(Schema.Number)), Schema.String]),
      }),
    ),
  ),
  model: Schema.String,
  usage: EmbeddingUsage,
}).annotate({ identifier: "EmbeddingList" })
export type EmbeddingList = typeof EmbeddingList.Type

const EMBEDDING_PIECES = new Set(["embedding"] as const)

const FLOAT_BYTES = 4

/** `dimensions`: what every vector must have, or null for what the model has, which is then the same for all. */
export interface EmbeddingOptions {
  readonly inputs: number
  readonly dimensions: number | null
  readonly encoding: VectorEncoding
}

export const embeddingList = (head: ReplyHead, { inputs, dimensions, encoding }: EmbeddingOptions): WholeFormat => ({
  takes: EMBEDDING_PIECES,
  body: ([answer], usage): EmbeddingList => {
    const vectors = answer?.vectors ?? []
    if (vectors.length !== inputs) throw new MalformedRecord(`${vectors.length} vectors for ${inputs} inputs`)
    const bytes = vectors.map((vector) => Buffer.from(vector, "base64"))
    const wanted = dimensions === null ? (bytes[0]?.length ?? 0) : dimensions * FLOAT_BYTES
    if (wanted === 0 || !bytes.every(({ length }) => length === wanted) || wanted % FLOAT_BYTES !== 0) {
      throw new MalformedRecord("vectors of a wrong length")
    }
    return {
      object: "list",
      data: bytes.map((vector, index) => ({ object: "embedding", index, embedding: encoded(vector, encoding) })),
      model: modelOf(head, answer?.answer),
      usage: toEmbeddingUsage(usage),
    }
  },
})

const encoded = (vector: Buffer, encoding: VectorEncoding): number[] | string => {
  if (encoding === "base64") return vector.toString("base64")
  return Array.from({ length: vector.length / FLOAT_BYTES }, (_, index) => vector.readFloatLE(index * FLOAT_BYTES))
}
