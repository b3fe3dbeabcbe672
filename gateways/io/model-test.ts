import type { ModelOffer, Tested } from "#domain/protocol/frames.ts"
import type { InferenceRequest } from "#domain/protocol/inference-request.ts"
import { AnswerCheck, WrongAnswer } from "./answer-check.ts"

/** What a model is tested with before it gets jobs: the first of these that it says it does. */
export const testRequest = ({ tasks }: Pick<ModelOffer, "tasks">): InferenceRequest => {
  if (tasks.includes("chat")) return { task: "chat", messages: [{ role: "user", content: "ping" }], sampling: { temperature: 0 } }
  if (tasks.includes("completion")) return { task: "completion", prompt: "ping", sampling: { temperature: 0 } }
  return { task: "embedding", inputs: ["ping"] }
}

/** Tokens per second of a passed test, or null when the model did not do what it was asked. */
export const testedSpeed = ({ text, tokens, duration_ms }: typeof Tested.Type, request: InferenceRequest): number | null => {
  if (text.trim() === "" || tokens < 1) return null
  try {
    const check = new AnswerCheck(request, "")
    check.take(text)
    if (request.task === "embedding") check.end("stop")
  } catch (cause) {
    if (cause instanceof WrongAnswer) return null
    throw cause
  }
  return tokens / Math.max(duration_ms / 1000, 0.001)
}
