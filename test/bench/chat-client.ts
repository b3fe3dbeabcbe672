import { Agent, type IncomingMessage, request } from "node:http"
import type { Endpoint } from "./network-process.ts"

export interface ChatQuestion {
  readonly content: string
  readonly maxTokens?: number
}

export interface ChatAnswer {
  readonly status: number
  readonly body: string
  readonly completionTokens: number
  readonly firstTextMs: number
  readonly wholeMs: number
}

/** With text in it: the first chunk only names the role. */
const TEXT = /"content":"[^"]/
const COMPLETION_TOKENS = /"completion_tokens":(\d+)/

/**
 * A client that costs little itself, for it shares the cores with what it measures: bare HTTP over kept connections, and no JSON
 * is parsed but the count of tokens.
 */
export class ChatClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: Infinity })
  readonly #url: string
  readonly #model: string
  readonly #headers: Readonly<Record<string, string>>

  constructor({ base_url, models, api_key, headers }: Endpoint, key = api_key) {
    this.#url = `${base_url}/chat/completions`
    this.#model = models[0] ?? ""
    this.#headers = { ...headers, authorization: `Bearer ${key}`, "content-type": "application/json" }
  }

  /** Throws on anything but an answer. */
  async whole(question: ChatQuestion): Promise<ChatAnswer> {
    return answered(await this.ask(question, {}))
  }

  async streamed(question: ChatQuestion): Promise<ChatAnswer> {
    const answer = answered(await this.ask(question, { stream: true, stream_options: { include_usage: true } }))
    if (!answer.body.endsWith("data: [DONE]\n\n")) throw new Error(`the stream ended early: ${answer.body.slice(-500)}`)
    return answer
  }

  /** Whatever the network says, with its status. */
  ask({ content, maxTokens }: ChatQuestion, mode: object): Promise<ChatAnswer> {
    const limit = maxTokens === undefined ? {} : { max_tokens: maxTokens }
    const body = JSON.stringify({ model: this.#model, messages: [{ role: "user", content }], temperature: 0, ...limit, ...mode })
    const headers = { ...this.#headers, "content-length": Buffer.byteLength(body) }
    const from = performance.now()
    return new Promise((resolve, reject) => {
      const sent = request(this.#url, { method: "POST", agent: this.#agent, headers }, (response) => {
        read(response, from).then(resolve, reject)
      })
      sent.on("error", reject)
      sent.end(body)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

const read = async (response: IncomingMessage, from: number): Promise<ChatAnswer> => {
  let body = ""
  let firstTextMs: number | null = null
  response.setEncoding("utf8")
  for await (const part of response) {
    body += String(part)
    if (firstTextMs === null && TEXT.test(body)) firstTextMs = performance.now() - from
  }
  const wholeMs = performance.now() - from
  const completionTokens = Number(COMPLETION_TOKENS.exec(body)?.[1] ?? 0)
  return { status: response.statusCode ?? 0, body, completionTokens, firstTextMs: firstTextMs ?? wholeMs, wholeMs }
}

const answered = (answer: ChatAnswer): ChatAnswer => {
  const { status, body, completionTokens } = answer
  if (status !== 200 || completionTokens === 0) throw new Error(`status ${status}: ${body.slice(0, 500)}`)
  return answer
}
