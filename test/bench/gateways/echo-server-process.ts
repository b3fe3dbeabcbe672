import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { json } from "node:stream/consumers"
import { Effect } from "effect"
import { wordsOf } from "#infra/echo-engine/echo-words.ts"
import { sayEach } from "#infra/echo-engine/say-paced.ts"
import { listenForParent } from "./listen-for-parent.ts"

// OpenAI's chat, said by the words and at the pace of our echo engine, and nothing else: no check, no key, no record.

interface Asked {
  readonly model: string
  readonly messages: readonly { readonly content: string }[]
  readonly stream?: boolean
}

const [, , perSecond = ""] = process.argv
const say = sayEach(perSecond === "" ? undefined : Number(perSecond))
let next = 0

const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { model, messages, stream } = (await json(request)) as Asked
  const pieces = wordsOf(messages.at(-1)?.content ?? "").map((text) => ({ text, tokens: 1 }))
  const usage = { prompt_tokens: pieces.length, completion_tokens: pieces.length, total_tokens: pieces.length * 2 }
  const head = { id: `chatcmpl-${(next += 1)}`, created: Math.floor(Date.now() / 1_000), model }
  if (stream !== true) {
    let content = ""
    await Effect.runPromise(say(pieces, ({ text }) => (content += text)))
    const choice = { index: 0, message: { role: "assistant", content, refusal: null }, logprobs: null, finish_reason: "stop" }
    response.setHeader("content-type", "application/json")
    response.end(JSON.stringify({ ...head, object: "chat.completion", choices: [choice], usage }))
    return
  }
  const chunk = (fields: object): string => `data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", ...fields })}\n\n`
  const delta = (content: object, finish_reason: string | null): string => chunk({ choices: [{ index: 0, delta: content, finish_reason }] })
  response.setHeader("content-type", "text/event-stream")
  response.write(delta({ role: "assistant", content: "" }, null))
  await Effect.runPromise(say(pieces, ({ text }) => response.write(delta({ content: text }, null))))
  response.end(`${delta({}, "stop")}${chunk({ choices: [], usage })}data: [DONE]\n\n`)
}

listenForParent(createServer((request, response) => void serve(request, response)))
