import { createHash } from "node:crypto"
import { piecesOf, plainText, recordText, saidText, type TokenLogprob } from "#domain/protocol/answer-text.ts"
import type { FinishReason } from "#domain/job/index.ts"
import type { AnswerFormat, ChatTask, CompletionTask, EmbeddingTask, InferenceRequest, Sampling, Tool } from "#domain/protocol/inference-request.ts"
import { callsText, vectorText } from "#node/jobs/answer-records.ts"
import { RequestUnsupported } from "#node/ports/inference-engine.ts"
import { minimalValue } from "../json-schema/minimal-value.ts"
import { readParameters, readSchema } from "../json-schema/read-schema.ts"
import { ANY_OBJECT } from "../json-schema/shape.ts"
import { promptText, wordsOf } from "./echo-words.ts"
import type { EchoPiece } from "./say-paced.ts"

export interface EchoAnswer {
  readonly pieces: readonly EchoPiece[]
  readonly finishReason: FinishReason
  /** Of the part that was there before. */
  readonly deliveredTokens: number
}

export const ECHO_DIMENSIONS = 64
const VOCABULARY = 100_000

/** What is still to be said. Throws `RequestUnsupported` or `UnsupportedSchema`. */
export const echoAnswer = (request: InferenceRequest, deliveredText: string): EchoAnswer => {
  if (request.task === "embedding") return embedding(request, deliveredText)
  for (const id of Object.keys(request.sampling.logit_bias ?? {})) knownToken(Number(id), "logit_bias")
  return request.task === "chat" ? chat(request, deliveredText) : completion(request, deliveredText)
}

const knownToken = (id: number, where: string): void => {
  if (!Number.isInteger(id) || id < 0 || id >= VOCABULARY) throw new RequestUnsupported({ message: `${where}: the model has no token ${id}` })
}

const completion = ({ prompt, sampling }: CompletionTask, deliveredText: string): EchoAnswer => {
  if (typeof prompt !== "string") for (const id of prompt) knownToken(id, "prompt")
  return words(promptText(prompt), sampling, deliveredText)
}

const chat = (request: ChatTask, deliveredText: string): EchoAnswer => {
  const { messages, tools = [], format, sampling } = request
  for (const tool of tools) argumentsOf(tool)
  const whole = format === undefined ? null : smallest(format)
  const called = calledTools(request)
  if (called.length > 0) return calls(called, deliveredText)
  const last = messages.at(-1)
  const heard = last?.role === "tool" ? last : messages.findLast(({ role }) => role === "user")
  return words(whole ?? heard?.content ?? "", sampling, deliveredText)
}

const smallest = (format: AnswerFormat): string =>
  JSON.stringify(minimalValue(format.type === "json_object" ? ANY_OBJECT : readSchema(format.schema, "response_format")))

const calledTools = ({ messages, tools = [], toolChoice = "auto", parallelToolCalls = true }: ChatTask): readonly Tool[] => {
  if (tools.length === 0) return []
  if (toolChoice === "required") return tools.slice(0, 1)
  if (toolChoice !== "auto") {
    const named = tools.filter(({ name }) => name === toolChoice.name)
    if (named.length === 0) throw new RequestUnsupported({ message: `tool_choice: there is no tool ${toolChoice.name}` })
    return named.slice(0, 1)
  }
  const last = messages.at(-1)
  const [order, ...names] = last?.role === "user" ? last.content.trim().split(/\s+/) : []
  if (order !== "call") return []
  const wanted = names.map((name) => tools.find((tool) => tool.name === name)).filter((tool) => tool !== undefined)
  return parallelToolCalls ? wanted : wanted.slice(0, 1)
}

const calls = (tools: readonly Tool[], deliveredText: string): EchoAnswer => {
  const made = tools.map((tool) => ({ name: tool.name, arguments: argumentsOf(tool) }))
  const tokens = made.reduce((sum, call) => sum + wordsOf(`${call.name} ${call.arguments}`).length, 0)
  const complete = piecesOf(deliveredText).some(({ type }) => type === "tool_call")
  return {
    pieces: complete ? [] : [{ text: callsText(made, Math.random), tokens }],
    finishReason: "tool_calls",
    deliveredTokens: complete ? tokens : 0,
  }
}

const argumentsOf = ({ name, parameters }: Tool): string => JSON.stringify(minimalValue(readParameters(parameters, `tools.${name}.parameters`)))

/** The whole answer is known, so it ends before the earliest stop string; what the client has of it is not said again. */
const words = (text: string, sampling: Sampling, deliveredText: string): EchoAnswer => {
  const whole = plainText(text)
  const said = deliveredText === "" ? "" : saidText(deliveredText)
  const ends = (sampling.stop ?? []).filter((stop) => stop !== "").map((stop) => whole.indexOf(stop))
  const end = Math.min(whole.length, ...ends.filter((at) => at >= 0))
  const rest = wordsOf(whole.slice(said.length, Math.max(said.length, end)))
  const { top_logprobs: top } = sampling
  const pieces = rest.map((word) => ({ text: top === undefined ? word : `${logprobs(word, top)}${word}`, tokens: 1 }))
  return { pieces, finishReason: "stop", deliveredTokens: wordsOf(said).length }
}

const logprobs = (word: string, top: number): string => {
  const chosen = tokenLogprob(word, -0.01 * (1 + (word.length % 10)))
  const others = Array.from({ length: Math.max(0, top - 1) }, (_, index) => tokenLogprob(`other${index} `, -3 - index))
  return recordText({ type: "logprobs", tokens: [{ ...chosen, top: top === 0 ? [] : [chosen, ...others] }] })
}

const tokenLogprob = (token: string, logprob: number): TokenLogprob => ({ token, bytes: [...Buffer.from(token, "utf8")], logprob })

const embedding = ({ inputs, dimensions = ECHO_DIMENSIONS }: EmbeddingTask, deliveredText: string): EchoAnswer => {
  if (dimensions > ECHO_DIMENSIONS) throw new RequestUnsupported({ message: `dimensions: the model has ${ECHO_DIMENSIONS}` })
  for (const input of inputs) if (typeof input !== "string") for (const id of input) knownToken(id, "input")
  const given = piecesOf(deliveredText).length
  const pieces = inputs.slice(given).map((input) => ({ text: vectorText(vectorOf(promptText(input)), dimensions), tokens: 0 }))
  return { pieces, finishReason: "stop", deliveredTokens: 0 }
}

/** One number from each byte, around zero. */
const vectorOf = (text: string): readonly number[] => [...createHash("sha512").update(text).digest()].map((byte) => byte - 127.5)
