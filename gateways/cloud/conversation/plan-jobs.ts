import { newJobId } from "#commands/ids.ts"
import type { ChatJob } from "#commands/job/submit-chat.ts"
import type { JobId } from "#domain/kernel/ids.ts"
import type { InferenceRequest } from "#domain/protocol/inference-request.ts"
import type { PromptSize } from "./count-prompt.ts"
import type { Order, OrderedPrompt } from "./order.ts"

/** One model with one prompt of an order, counted. */
export interface Counted {
  readonly model: string
  readonly prompt: OrderedPrompt
  readonly size: PromptSize
}

type ForAll = Pick<ChatJob, "namespaceId" | "keyId" | "gatewayId" | "spendLimits" | "priority" | "repeatable"> & Partial<Pick<ChatJob, "mode">>

/** The jobs of an order: for each model and prompt its `n` answers, of which the first pays for the prompt. */
export const planJobs = ({ work, n, stream, maxOutputTokens }: Order, counted: readonly Counted[], first: JobId, caller: ForAll): readonly ChatJob[] =>
  counted.flatMap(({ model, prompt, size }, prompts) =>
    Array.from({ length: n }, (_, choice): ChatJob => {
      const room = size.contextLength - size.longest
      return {
        mode: stream ? "stream" : "sync",
        ...caller,
        jobId: prompts === 0 && choice === 0 ? first : newJobId(),
        model,
        endpoint: work.slice("POST ".length),
        request: withSeed(prompt.request, choice),
        promptTokens: size.longest,
        paidPromptTokens: choice === 0 ? size.promptTokens : 0,
        contextLength: size.contextLength,
        maxOutputTokens: maxOutputTokens === null ? null : Math.max(1, Math.min(maxOutputTokens, room)),
      }
    }),
  )

/** Choices of one seed would all be the same; these differ, and all come again with the same request. */
const withSeed = (request: InferenceRequest, choice: number): InferenceRequest => {
  if (choice === 0 || request.task === "embedding" || request.sampling.seed === undefined) return request
  const { seed } = request.sampling
  // A seed may be as large as a number that JSON carries exactly.
  const other = seed <= Number.MAX_SAFE_INTEGER - choice ? seed + choice : seed - choice
  return { ...request, sampling: { ...request.sampling, seed: other } }
}
