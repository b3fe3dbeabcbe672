import { echoEngine } from "#infra/echo-engine/echo-engine.ts"
import { startLlamaEngine } from "#infra/llama/start-llama-engine.ts"
import { Effect } from "effect"
import { fileURLToPath } from "node:url"
import { ask, inferenceEngineContract } from "#test/support/contract-inference-engine.ts"

const TINY_MODEL = fileURLToPath(new URL("../../models/tiny-chat-f16.gguf", import.meta.url))
const log = { info: () => {}, warn: () => {} }

inferenceEngineContract("echo", {
  make: (slots) => Effect.succeed(echoEngine({ slots })),
  question: Array.from({ length: 60 }, (_, n) => `word${n}`).join(" "),
})

inferenceEngineContract("llama", {
  make: (slots) => startLlamaEngine({ modelPath: TINY_MODEL, modelName: "tiny-chat", slots, log }),
  question: "Count to 20.",
})
