import { randomUUID } from "node:crypto"
import { headers, type Msg, type MsgHdrs } from "@nats-io/transport-node"
import type { LogLink } from "./log-link.ts"

/** A commit on its way to the server. */
export interface Publication {
  readonly subject: string
  readonly payload: Uint8Array
  /** Its first event's id. */
  readonly messageId: string
  /** Of the subject's last commit; 0 when there is none. The server refuses the message when it is another. */
  readonly expectedSequence: number
}

/** What the server said. Anything thrown instead means that nothing is known. */
export type Verdict =
  | { readonly said: "stored"; readonly sequence: number }
  /** A message with this id is there already, on whatever subject. */
  | { readonly said: "duplicate"; readonly sequence: number }
  | { readonly said: "refused"; readonly code: number; readonly description: string }

interface PubAck {
  readonly seq?: number
  readonly duplicate?: boolean
  readonly count?: number
  readonly error?: { readonly err_code: number; readonly description: string }
}

/** A lone commit: one message, one sync. */
export const publish = async (link: LogLink, one: Publication): Promise<Verdict> =>
  verdictOf(await link.request({ subject: one.subject, payload: one.payload, headers: headersOf(one) }))

/**
 * All or none, in this order, with consecutive sequences; `sequence` is the last one's. The headers are set by hand because the
 * client's own batches leave out the expectations. At most 1 000.
 */
export const publishBatch = async (link: LogLink, batch: readonly Publication[]): Promise<Verdict> => {
  const id = randomUUID()
  const batchHeaders = batch.map((one, index) => {
    const given = headersOf(one)
    given.append("Nats-Batch-Id", id)
    given.append("Nats-Batch-Sequence", String(index + 1))
    return given
  })
  const last = batch.at(-1)
  const lastHeaders = batchHeaders.at(-1)
  if (last === undefined || lastHeaders === undefined) throw new Error("an empty batch")
  lastHeaders.append("Nats-Batch-Commit", "1")
  return await link.requestAfter(
    batch.slice(0, -1).map(({ subject, payload }, index) => ({ subject, payload, headers: batchHeaders[index] ?? headers() })),
    { subject: last.subject, payload: last.payload, headers: lastHeaders },
  ).then((answer) => {
    const verdict = verdictOf(answer)
    const { count } = answer.json<PubAck>()
    // Positions are counted back from the last one, so a batch of another size would misplace all.
    if (verdict.said === "stored" && count !== batch.length) throw new Error(`a batch of ${batch.length} was stored as ${count}`)
    return verdict
  })
}

const headersOf = ({ messageId, expectedSequence }: Publication): MsgHdrs => {
  const given = headers()
  given.append("Nats-Msg-Id", messageId)
  given.append("Nats-Expected-Last-Subject-Sequence", String(expectedSequence))
  return given
}

const verdictOf = (answer: Msg): Verdict => {
  const { seq, duplicate, error } = answer.json<PubAck>()
  if (error !== undefined) return { said: "refused", code: error.err_code, description: error.description }
  if (seq === undefined) throw new Error("an acknowledgement without a sequence")
  return { said: duplicate === true ? "duplicate" : "stored", sequence: seq }
}
