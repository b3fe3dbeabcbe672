import { bodyProblems } from "./body-problems.ts"

/** One request and what came back, as far as the client read it. */
export interface Exchange {
  readonly method: string
  /** Without host and query. */
  readonly path: string
  readonly requestHeaders: Headers
  readonly requestBody: string
  readonly status: number
  readonly headers: Headers
  /** Raw bytes as text. */
  readonly text: string
  /** False when the client hung up before the end. */
  readonly complete: boolean
}

type Fetch = typeof globalThis.fetch

/**
 * Sits between a client and the network, and keeps every answer. Bytes pass through unchanged and at once, and a client's hanging up
 * goes on to the network: a cloned body would swallow it.
 */
export class Recorder {
  readonly #open: Exchange[] = []
  #sent = 0

  readonly fetch: Fetch = async (input, init) => {
    // With one of these the SDK finds out what this `fetch` takes; it goes nowhere.
    if (input === "data:,") return fetch(input, init)
    const request = new Request(input, init)
    const requestBody = isText(init?.body) ? init.body : ""
    this.#sent += 1
    const response = await fetch(input, init)
    const exchange = new OpenExchange(request, requestBody, response)
    this.#open.push(exchange)
    const { status, statusText, headers } = response
    return new Response(response.body === null ? null : exchange.watch(response.body), { status, statusText, headers })
  }

  /** What a client had that does not take a `fetch`. */
  add(exchange: Exchange): void {
    this.#sent += 1
    this.#open.push(exchange)
  }

  get exchanges(): readonly Exchange[] {
    return this.#open
  }

  get last(): Exchange {
    const last = this.#open.at(-1)
    if (last === undefined) throw new Error("nothing was asked yet")
    return last
  }

  /** What is wrong with the bodies since the last call. Throws when nothing was asked: then the client did not go through here. */
  takeProblems(): readonly string[] {
    const taken = this.#open.splice(0)
    const sent = this.#sent
    this.#sent = 0
    if (sent === 0) throw new Error("the client sent nothing through the recorder")
    return taken.flatMap((exchange) => bodyProblems(exchange).map((problem) => `${exchange.method} ${exchange.path} ${exchange.status}: ${problem}`))
  }
}

const isText = (body: unknown): body is string => typeof body === "string"

class OpenExchange implements Exchange {
  readonly method: string
  readonly path: string
  readonly requestHeaders: Headers
  readonly requestBody: string
  readonly status: number
  readonly headers: Headers
  text = ""
  complete = false

  constructor(request: Request, requestBody: string, response: Response) {
    this.method = request.method
    this.path = new URL(request.url).pathname
    this.requestHeaders = request.headers
    this.requestBody = requestBody
    this.status = response.status
    this.headers = response.headers
    this.complete = response.body === null
  }

  watch(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const decoder = new TextDecoder()
    const passed = new TransformStream<Uint8Array, Uint8Array>({
      transform: (bytes, onward) => {
        this.text += decoder.decode(bytes, { stream: true })
        onward.enqueue(bytes)
      },
      flush: () => {
        this.complete = true
      },
    })
    return body.pipeThrough(passed)
  }
}
