import { type Agent, request } from "node:http"
import type { Endpoint } from "../network-process.ts"

export interface Arrival {
  /** Which word of the answer. */
  readonly word: number
  readonly at: number
}

/** An answer that is under way. */
export interface OpenStream {
  readonly arrivals: readonly Arrival[]
  readonly opened: Promise<void>
  readonly ended: Promise<void>
}

/** A word says which it is, so that it does not matter how many of them a chunk carries. */
const WORD = /word(\d+)/g

export const question = (words: number): string => Array.from({ length: words }, (_, index) => `word${index}`).join(" ")

/** Asks for an answer that takes its time, and writes down when each word arrived. */
export const openStream = ({ base_url, api_key, models, headers }: Endpoint, content: string, agent: Agent): OpenStream => {
  const body = JSON.stringify({ model: models[0], messages: [{ role: "user", content }], temperature: 0, stream: true })
  const sent = { ...headers, authorization: `Bearer ${api_key}`, "content-type": "application/json", "content-length": Buffer.byteLength(body) }
  const arrivals: Arrival[] = []
  const opened = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  const fail = (cause: unknown): void => {
    opened.reject(cause)
    ended.reject(cause)
  }
  ended.promise.catch(() => {})
  opened.promise.catch(() => {})
  const asked = request(`${base_url}/chat/completions`, { method: "POST", agent, headers: sent }, (response) => {
    let last = ""
    response.setEncoding("utf8")
    response.on("data", (text: string) => {
      const at = performance.now()
      for (const [, word] of text.matchAll(WORD)) arrivals.push({ word: Number(word), at })
      if (arrivals.length > 0) opened.resolve()
      last = text
    })
    response.on("error", fail)
    response.on("end", () => {
      if (last.endsWith("data: [DONE]\n\n")) ended.resolve()
      else fail(new Error(`status ${response.statusCode}, the stream ended early: ${last.slice(-300)}`))
    })
  })
  asked.on("error", fail)
  asked.end(body)
  return { arrivals, opened: opened.promise, ended: ended.promise }
}
