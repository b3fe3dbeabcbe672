import OpenAI from "openai"
import { describe } from "vitest"
import { echoNetwork } from "./network.ts"
import { chats } from "./official-sdk/chats.ts"
import { failures } from "./official-sdk/failures.ts"
import { hangUps } from "./official-sdk/hang-ups.ts"
import { models } from "./official-sdk/models.ts"

describe("the official SDK", () => {
  const network = echoNetwork()
  const sdk = {
    network,
    open: (options: ConstructorParameters<typeof OpenAI>[0] = {}) =>
      new OpenAI({ baseURL: network.baseURL, apiKey: network.apiKey, fetch: network.recorder.fetch, maxRetries: 0, ...options }),
  }
  chats(sdk)
  models(sdk)
  failures(sdk)
  hangUps(sdk)
})
