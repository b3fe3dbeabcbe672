import { randomBytes } from "node:crypto"
import type { FastifyRequest } from "fastify"
import type { RequestPriority } from "#domain/request/index.ts"
import type { Caller } from "../../http/authenticate.ts"
import type { Keeping } from "../session/session-services.ts"

/** Under which terms a request runs that this gateway asks itself, for a client that was let in already. */
export interface Task {
  readonly caller: Caller
  /** Null: as any other request. */
  readonly mode: "polling" | "batch" | null
  readonly priority: RequestPriority
  /** Resolves once its reply is kept. */
  readonly keeping: Keeping
  /** Its reply is about to end with an error, after so many tokens that its client has. */
  readonly failing?: (deliveredTokens: number) => void
}

const SCHEME = "Ticket "
const TICKET_BYTES = 32

/** Lets this gateway's own requests in, each once: nobody outside can know a ticket. */
export class Tickets {
  readonly #open = new Map<string, Task>()
  readonly #redeemed = new WeakMap<object, Task>()

  /** The `authorization` header for one request. */
  issue(task: Task): string {
    const ticket = randomBytes(TICKET_BYTES).toString("base64url")
    this.#open.set(ticket, task)
    return `${SCHEME}${ticket}`
  }

  /** Who asks, or null for a request that came with no ticket of ours. */
  redeem(request: FastifyRequest): Caller | null {
    const { authorization } = request.headers
    if (authorization === undefined || !authorization.startsWith(SCHEME)) return null
    const ticket = authorization.slice(SCHEME.length)
    const task = this.#open.get(ticket)
    if (task === undefined) return null
    this.#open.delete(ticket)
    this.#redeemed.set(request, task)
    return task.caller
  }

  /** What was agreed for this request; null for a client's own. */
  taskOf(request: FastifyRequest): Task | null {
    return this.#redeemed.get(request) ?? null
  }
}
