import type { Socket } from "node:net"
import type { FastifyReply, FastifyRequest } from "fastify"
import { type HttpLimits, SWEEP_MS } from "./http-limits.ts"

type IncomingMessage = FastifyRequest["raw"]
type ServerResponse = FastifyReply["raw"]

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** Cuts connections whose client neither reads its answer nor ends a request that was answered already. */
export class Overdue {
  readonly #limits: Pick<HttpLimits, "unreadAnswerMs" | "unwantedBodyMs">
  readonly #onCut: (why: string) => void
  /** Answers that are being made or sent. */
  readonly #answers = new Set<Exchange>()
  /** Answered requests that are still arriving, since when. */
  readonly #bodies = new Map<Exchange, number>()
  readonly #current = new WeakMap<Socket, ServerResponse>()
  readonly #clock: NodeJS.Timeout

  constructor(limits: Pick<HttpLimits, "unreadAnswerMs" | "unwantedBodyMs">, onCut: (why: string) => void) {
    this.#limits = limits
    this.#onCut = onCut
    const { unreadAnswerMs, unwantedBodyMs } = limits
    this.#clock = setInterval(() => this.#sweep(performance.now()), Math.min(SWEEP_MS, unreadAnswerMs, unwantedBodyMs))
    this.#clock.unref()
  }

  watch(request: IncomingMessage, response: ServerResponse): void {
    const exchange = { request, response }
    this.#answers.add(exchange)
    this.#current.set(request.socket, response)
    response.once("close", () => {
      this.#answers.delete(exchange)
      if (request.complete || request.destroyed) return
      this.#bodies.set(exchange, performance.now())
      request.once("close", () => this.#bodies.delete(exchange))
    })
  }

  /** Whether a part of an answer went out on this connection, and not yet the rest. */
  isAnswering(socket: Socket): boolean {
    const response = this.#current.get(socket)
    return response !== undefined && response.headersSent && !response.writableFinished
  }

  stop(): void {
    clearInterval(this.#clock)
  }

  #sweep(now: number): void {
    for (const exchange of this.#answers) {
      if (!exchange.response.writableEnded) continue
      this.#answers.delete(exchange)
      // The timer of the socket starts anew whenever some of it was read.
      exchange.response.setTimeout(this.#limits.unreadAnswerMs, () => this.#cut(exchange, "answer_not_read"))
    }
    for (const [exchange, since] of this.#bodies) {
      if (exchange.request.complete) this.#bodies.delete(exchange)
      else if (now - since > this.#limits.unwantedBodyMs) this.#cut(exchange, "body_not_wanted")
    }
  }

  /** Once each; the connection goes with its request. */
  #cut(exchange: Exchange, why: string): void {
    this.#bodies.delete(exchange)
    this.#onCut(why)
    exchange.request.destroy()
  }
}
