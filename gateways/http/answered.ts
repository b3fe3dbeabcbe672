import type { FastifyReply } from "fastify"

/** One request, when its answer is out or its client is gone. */
export interface Answered {
  readonly method: string
  /** The route's template, never the URL; "none" where no route matched. */
  readonly route: string
  /** `CLIENT_LEFT` where the answer was not complete. */
  readonly status: number
  readonly durationMs: number
  readonly requestId: string
}

/** What others call this status; no answer has it. */
export const CLIENT_LEFT = 499

/** Calls `then` once, for a request that has just arrived. */
export const whenAnswered = (reply: FastifyReply, then: (answered: Answered) => void): void => {
  const { raw, request } = reply
  const arrived = performance.now()
  let over = false
  const answered = (): void => {
    if (over) return
    over = true
    const status = raw.writableFinished ? raw.statusCode : CLIENT_LEFT
    const route = request.routeOptions.url ?? "none"
    then({ method: request.method, route, status, durationMs: performance.now() - arrived, requestId: request.id })
  }
  raw.once("finish", answered)
  raw.once("close", answered)
}
