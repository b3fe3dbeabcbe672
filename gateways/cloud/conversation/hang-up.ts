import type { FastifyReply } from "fastify"

/** Aborted when the connection closes before the answer is complete. */
export const hangUp = (reply: FastifyReply): AbortSignal => {
  const gone = new AbortController()
  reply.raw.on("close", () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return gone.signal
}

/** Nobody is there to be answered. */
export const cutOff = (reply: FastifyReply): FastifyReply => {
  reply.hijack()
  reply.raw.destroy()
  return reply
}
