import { Effect, Result } from "effect"
import { expect } from "vitest"
import { type AnswerRecord, piecesOf, saidText } from "#domain/protocol/answer-text.ts"
import type { ChatMessage, ChatTask, InferenceRequest } from "#domain/protocol/inference-request.ts"
import { type Generated, type Generation, type InferenceEngineShape, RequestUnsupported } from "#node/ports/inference-engine.ts"

export interface Answer {
  readonly text: string
  readonly pieces: readonly { readonly text: string; readonly tokens: number }[]
  readonly generated: Generated
}

export const ask = (content: string): readonly ChatMessage[] => [{ role: "user", content }]

/** The whole answer. What every answer must keep is checked here: the tokens of the pieces are the tokens of the bill. */
export const answerOf = async (engine: InferenceEngineShape, asked: Generation): Promise<Answer> => {
  const pieces: { text: string; tokens: number }[] = []
  const generated = await Effect.runPromise(engine.generate(asked, (text, tokens) => pieces.push({ text, tokens })))
  expect(pieces.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(generated.completionTokens)
  expect(pieces.every(({ text }) => text.isWellFormed())).toBe(true)
  return { text: pieces.map(({ text }) => text).join(""), pieces, generated }
}

export type Engine = () => InferenceEngineShape

export const generationOf = (request: InferenceRequest, deliveredText = "", maxOutputTokens = 400) => ({ request, deliveredText, maxOutputTokens })

/** The answer, with the rule that whatever is counted beforehand is what the answer's bill says. */
export const answerTo = async (engine: InferenceEngineShape, request: InferenceRequest, deliveredText = "", maxOutputTokens = 400) => {
  const answer = await answerOf(engine, generationOf(request, deliveredText, maxOutputTokens))
  expect(answer.generated.promptTokens).toBe((await Effect.runPromise(engine.count(request))).tokens)
  for (const { text } of answer.pieces) expect(text.lastIndexOf("\u001e")).toBeLessThanOrEqual(text.lastIndexOf("\n"))
  return { ...answer, said: saidText(answer.text) }
}

export const records = <Type extends AnswerRecord["type"]>(text: string, type: Type) =>
  piecesOf(text).filter((piece): piece is Extract<AnswerRecord, { type: Type }> => piece.type === type)

export const failureOf = async (engine: InferenceEngineShape, request: InferenceRequest, deliveredText = "") => {
  const result = await Effect.runPromise(Effect.result(engine.generate(generationOf(request, deliveredText), () => expect.unreachable())))
  return Result.isFailure(result) ? result.failure : expect.unreachable()
}

/** Refused by name, when it is counted as when it is asked. */
export const expectRefused = async (engine: InferenceEngineShape, request: InferenceRequest, message: string): Promise<void> => {
  const failure = await failureOf(engine, request)
  expect(failure).toBeInstanceOf(RequestUnsupported)
  expect(failure.message).toContain(message)
  const counted = await Effect.runPromise(Effect.result(engine.count(request)))
  expect(Result.isFailure(counted) && counted.failure).toEqual(failure)
}

export const chat = (content: string, rest: Partial<ChatTask> = {}): ChatTask => ({ task: "chat", messages: ask(content), sampling: { temperature: 0 }, ...rest })
