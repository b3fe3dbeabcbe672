import { type Msg, type MsgHdrs, type NatsConnection, type Payload } from "@nats-io/transport-node"
import { watchConnection } from "./watch-connection.ts"

/** No answer within this is an unknown outcome. */
const REQUEST_TIMEOUT_MS = 2_000

class LinkLost extends Error {}
/** The server answered with a status that is not an answer. */
export class NoAnswer extends Error {}

export interface LogRequest {
  readonly subject: string
  readonly payload: Payload
  readonly headers?: MsgHdrs
}

/** Several messages in answer to one request, and the status that closed them. */
interface ManyAnswers {
  readonly messages: readonly Msg[]
  readonly end: MsgHdrs
}

/** Requests over a connection that fail at once when it breaks, instead of waiting for an answer that cannot come. */
export class LogLink {
  readonly connection: NatsConnection
  readonly #waiting = new Set<(lost: LinkLost) => void>()
  readonly #onBack = new Set<() => void>()
  readonly #up: () => boolean

  constructor(connection: NatsConnection) {
    this.connection = connection
    const link = watchConnection(connection, (change) => {
      if (change === "lost") this.#failWaiting()
      if (change === "back") for (const wake of this.#onBack) wake()
    })
    this.#up = link.up
  }

  #failWaiting(): void {
    for (const fail of this.#waiting) fail(new LinkLost("the connection broke"))
    this.#waiting.clear()
  }

  onBack(listener: () => void): () => void {
    this.#onBack.add(listener)
    return () => this.#onBack.delete(listener)
  }

  request(request: LogRequest): Promise<Msg> {
    return this.requestAfter([], request)
  }

  /** Sends `before` without waiting, then the request, over the same connection. */
  requestAfter(before: readonly LogRequest[], { subject, payload, headers: sent }: LogRequest): Promise<Msg> {
    return this.#whileUp((resolve, reject) => {
      for (const one of before) this.connection.publish(one.subject, one.payload, one.headers === undefined ? {} : { headers: one.headers })
      const options = { timeout: REQUEST_TIMEOUT_MS, ...(sent === undefined ? {} : { headers: sent }) }
      this.connection.request(subject, payload, options).then(resolve, reject)
    })
  }

  /** Gathers what comes until the status that ends it; a status other than 204 or 404 fails it. */
  requestMany({ subject, payload }: LogRequest): Promise<ManyAnswers> {
    return this.#whileUp((resolve, reject) => {
      this.#gather(subject, payload).then(resolve, reject)
    })
  }

  async #gather(subject: string, payload: Payload): Promise<ManyAnswers> {
    const messages: Msg[] = []
    const answers = await this.connection.requestMany(subject, payload, { strategy: "sentinel", maxWait: REQUEST_TIMEOUT_MS })
    for await (const message of answers) {
      const { headers: status } = message
      if (status === undefined || status.code === 0) messages.push(message)
      else if (status.code === 204 || status.code === 404) return { messages, end: status }
      else throw new NoAnswer(`status ${status.code} ${status.description}`)
    }
    throw new NoAnswer("the answers did not end in time")
  }

  /** Waits for the connection to be up, then for what `start` settles, or for the loss of the connection. */
  async #whileUp<A>(start: (resolve: (value: A) => void, reject: (cause: Error) => void) => void): Promise<A> {
    if (!this.#up()) await this.#untilUp()
    return await new Promise<A>((resolve, reject) => {
      const settled = (): unknown => this.#waiting.delete(reject)
      this.#waiting.add(reject)
      const keep = (value: A): void => {
        settled()
        resolve(value)
      }
      start(keep, (cause) => {
        settled()
        reject(cause)
      })
    })
  }

  #untilUp(): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer)
        this.#onBack.delete(settle)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#onBack.delete(settle)
        reject(new LinkLost("no server can be reached"))
      }, REQUEST_TIMEOUT_MS)
      this.#onBack.add(settle)
    })
  }
}
