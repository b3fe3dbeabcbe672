import type { FastifyInstance } from "fastify"

export interface LoopbackCall {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface LoopbackReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Its pieces, as they come. */
  readonly body: AsyncIterable<string>
}

export interface LoopbackRequest {
  /** Rejects when the server cuts the connection before it answers. */
  readonly reply: Promise<LoopbackReply>
  /** As a client that hangs up. */
  readonly hangUp: () => void
}

/** Asks a server of this process as a client would: everything that holds for clients holds for it. */
export type Loopback = (server: FastifyInstance["server"], call: LoopbackCall) => LoopbackRequest
