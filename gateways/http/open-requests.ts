import type { FastifyReply } from "fastify"
import { ApiError } from "./api-error.ts"

/** Requests under way by key, in this process: one key must not take every place that there is. */
export class OpenRequests {
  readonly #limit: number
  readonly #perKey = new Map<string, number>()

  /** 0: no limit. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Counts the request until its answer is out or its client is gone, or throws the 429. */
  enter(keyId: string, reply: FastifyReply): void {
    if (this.#limit === 0) return
    const open = this.#perKey.get(keyId) ?? 0
    if (open >= this.#limit) throw tooManyOpen(this.#limit)
    this.#perKey.set(keyId, open + 1)
    reply.raw.once("close", () => this.#leave(keyId))
  }

  #leave(keyId: string): void {
    const open = (this.#perKey.get(keyId) ?? 0) - 1
    if (open > 0) this.#perKey.set(keyId, open)
    else this.#perKey.delete(keyId)
  }
}

const tooManyOpen = (limit: number) =>
  new ApiError({
    status: 429, type: "rate_limit_error", code: "too_many_open_requests", headers: { "retry-after": "1" },
    message: `This key has ${limit} requests under way, which is the limit. Please wait until some have ended.`,
  })
