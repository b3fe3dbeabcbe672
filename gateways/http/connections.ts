import type { Socket } from "node:net"
import type { FastifyInstance } from "fastify"
import type { IpRanges } from "#domain/policies/ip-ranges.ts"
import { ApiError } from "./api-error.ts"
import type { HttpLimits } from "./http-limits.ts"

/** Counts connections by address. One that is too many is not cut before it asked: its client gets to read why. */
export class Connections {
  readonly #limit: number
  readonly #proxies: IpRanges
  readonly #perAddress = new Map<string, number>()
  readonly #surplus = new WeakSet<Socket>()

  constructor({ connectionsPerAddress }: Pick<HttpLimits, "connectionsPerAddress">, proxies: IpRanges) {
    this.#limit = connectionsPerAddress
    this.#proxies = proxies
  }

  watch(server: FastifyInstance["server"]): void {
    server.on("connection", (socket: Socket) => this.#opened(socket))
  }

  /** Of a request that came over a connection too many; or null. */
  problem(socket: Socket): ApiError | null {
    if (!this.#surplus.has(socket)) return null
    return new ApiError({
      status: 429, type: "rate_limit_error", code: "too_many_connections",
      message: `There are ${this.#limit} connections from this address already, which is the limit. Close some, or use them again.`,
      headers: { connection: "close", "retry-after": "1" },
    })
  }

  #opened(socket: Socket): void {
    const { remoteAddress: address } = socket
    if (this.#limit === 0 || address === undefined || this.#proxies.has(address)) return
    const open = (this.#perAddress.get(address) ?? 0) + 1
    this.#perAddress.set(address, open)
    if (open > this.#limit) this.#surplus.add(socket)
    socket.once("close", () => this.#closed(address))
  }

  #closed(address: string): void {
    const open = (this.#perAddress.get(address) ?? 0) - 1
    if (open > 0) this.#perAddress.set(address, open)
    else this.#perAddress.delete(address)
  }
}
