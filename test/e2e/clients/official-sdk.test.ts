import OpenAI from "openai"
import { describe } from "vitest"
import { echoNetwork } from "./network.ts"
import { batches } from "./official-sdk/batches.ts"
import { chats } from "./official-sdk/chats.ts"
import { choices } from "./official-sdk/choices.ts"
import { embeddings } from "./official-sdk/embeddings.ts"
import { failures } from "./official-sdk/failures.ts"
import { hangUps } from "./official-sdk/hang-ups.ts"
import { keyLimits } from "./official-sdk/key-limits.ts"
import { modelLimits } from "./official-sdk/model-limits.ts"
import { models } from "./official-sdk/models.ts"
import { responses } from "./official-sdk/responses.ts"
import type { Sdk } from "./official-sdk/sdk.ts"
import { structuredOutputs } from "./official-sdk/structured-outputs.ts"
import { textCompletions } from "./official-sdk/text-completions.ts"
import { toolCalls } from "./official-sdk/tools.ts"

describe("the official SDK", () => {
  const network = echoNetwork()
  const sdk: Sdk = {
    network,
    open: (options = {}) =>
      new OpenAI({ baseURL: network.baseURL, apiKey: network.apiKey, fetch: network.recorder.fetch, maxRetries: 0, ...options }),
  }
  const answers = [chats, toolCalls, structuredOutputs, choices, embeddings, textCompletions, responses, models, batches]
  const refusals = [modelLimits, failures, keyLimits, hangUps]
  for (const chapter of [...answers, ...refusals]) chapter(sdk)
})
