import type { FastifyReply } from "fastify"
import type { RequestId } from "#domain/kernel/ids.ts"
import { errorEvent, PING } from "../conversation/event-stream.ts"
import { type EventPlace, eventId } from "./event-id.ts"
import { isEventStream } from "./reply-parts.ts"
import type { ReplySource } from "./reply-source.ts"
import { malformedEventId, streamLost } from "./request-problems.ts"
import type { Page, ReplyHead } from "./tape.ts"

export const REQUEST_ID_HEADER = "x-resultity-request-id"
export const REPLAYED_HEADER = "idempotent-replayed"

/** A reader that takes nothing for so long is given up; its stream can be gone on with. */
const UNREAD_MS = 30_000

export interface Playing {
  readonly requestId: RequestId
  readonly reply: FastifyReply
  readonly source: ReplySource
  /** The last event that the client has; null: it has nothing. */
  readonly last: EventPlace | null
  /** This client did not begin it. */
  readonly isReplayed: boolean
}

/** Sends a reply to one client. False: nobody makes or has it, and nothing was sent. */
export const playReply = async (playing: Playing): Promise<boolean> => {
  const { last, reply, source } = playing
  const parts: string[] = []
  const after = last?.number ?? 0
  for (;;) {
    const page = await source.page(after + parts.length)
    if (reply.raw.destroyed) return true
    if (page === null) {
      if (last !== null) throw streamLost()
      return false
    }
    const { head, generation } = page
    if (head === null) continue
    if (last !== null && generation !== last.generation) throw streamLost()
    if (isEventStream(head)) return playStream(playing, page)
    if (last !== null) throw malformedEventId()
    parts.push(...page.parts)
    if (page.done) return sendWhole(playing, head, parts)
  }
}

const headersOf = ({ requestId, isReplayed }: Playing, head: ReplyHead): Readonly<Record<string, string>> => ({
  ...head.headers,
  [REQUEST_ID_HEADER]: requestId,
  ...(isReplayed && { [REPLAYED_HEADER]: "true" }),
})

const sendWhole = (playing: Playing, head: ReplyHead, parts: readonly string[]): true => {
  void playing.reply.code(head.status).headers(headersOf(playing, head)).send(parts.join(""))
  return true
}

/** Event by event, each under its id; from `first` on, whose parts follow what the client has. */
const playStream = async (playing: Playing, first: Page): Promise<true> => {
  const { reply, source, last } = playing
  const { raw } = reply
  const { generation } = first
  if (first.head === null) throw new Error("a stream begins with its head")
  reply.hijack()
  for (const [name, value] of Object.entries({ ...reply.getHeaders(), ...headersOf(playing, first.head) })) {
    if (value !== undefined) raw.setHeader(name, value)
  }
  raw.writeHead(first.head.status)
  raw.flushHeaders()
  let number = last?.number ?? 0
  let page: Page | null = first
  for (;;) {
    if (raw.destroyed) return true
    if (page === null || page.generation !== generation) return cut(playing)
    const events = page.parts.map((part) => `id: ${eventId({ generation, number: (number += 1) })}\n${part}`).join("")
    if (page.done) return void raw.end(events), true
    const isTaken = raw.write(events === "" ? PING : events)
    if (!isTaken && !(await drained(raw))) return true
    page = await source.page(number).catch(() => null)
  }
}

/** The rest is nowhere: said in the stream, as any failure of one. */
const cut = ({ reply: { raw } }: Playing): true => {
  raw.end(errorEvent(streamLost().body))
  return true
}

/** False: the client reads too slowly, or is gone. */
const drained = (raw: FastifyReply["raw"]): Promise<boolean> =>
  new Promise((resolve) => {
    const settle = (isDrained: boolean) => (): void => {
      clearTimeout(timer)
      raw.off("drain", onDrain).off("close", onClose)
      if (!isDrained) raw.destroy()
      resolve(isDrained)
    }
    const [onDrain, onClose] = [settle(true), settle(false)]
    const timer = setTimeout(onClose, UNREAD_MS)
    raw.once("drain", onDrain).once("close", onClose)
  })
