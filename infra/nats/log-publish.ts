import { Buffer } from "node:buffer"
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
  const messages = batch.map((one, index) => {
    const isLast = index === batch.length - 1
    const place = `Nats-Batch-Id: ${id}\r\nNats-Batch-Sequence: ${index + 1}\r\n${isLast ? "Nats-Batch-Commit: 1\r\n" : ""}`
    return { subject: one.subject, payload: one.payload, headers: headersOf(one, place) }
  })
  const last = messages.pop()
  if (last === undefined) throw new Error("an empty batch")
  return await link.requestAfter(messages, last).then((answer) => {
    const verdict = verdictOf(answer)
    const { count } = answer.json<PubAck>()
    // Positions are counted back from the last one, so a batch of another size would misplace all.
    if (verdict.said === "stored" && count !== batch.length) throw new Error(`a batch of ${batch.length} was stored as ${count}`)
    return verdict
  })
}

/** `more` are whole lines. Encoded by hand: the client looks at each letter of each name again for each message. */
const headersOf = ({ messageId, expectedSequence }: Publication, more = ""): MsgHdrs => {
  if (LINE_BREAK.test(messageId)) throw new Error("an event's id has a line break in it")
  const lines = `NATS/1.0\r\nNats-Msg-Id: ${messageId}\r\nNats-Expected-Last-Subject-Sequence: ${expectedSequence}\r\n${more}\r\n`
  return Object.assign(headers(), { encode: () => Buffer.from(lines) })
}

const LINE_BREAK = /[\r\n]/

const verdictOf = (answer: Msg): Verdict => {
  const { seq, duplicate, error } = answer.json<PubAck>()
  if (error !== undefined) return { said: "refused", code: error.err_code, description: error.description }
  if (seq === undefined) throw new Error("an acknowledgement without a sequence")
  return { said: duplicate === true ? "duplicate" : "stored", sequence: seq }
}
