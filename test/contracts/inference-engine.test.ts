import { Effect } from "effect"
import { echoEngine } from "#infra/echo-engine/echo-engine.ts"
import { startLlamaEngine } from "#infra/llama/start-llama-engine.ts"
import { inferenceEngineContract, SILENT, TINY_MODEL } from "#test/support/contract-inference-engine.ts"

inferenceEngineContract("echo", {
  make: (slots) => Effect.succeed(echoEngine({ slots })),
  question: Array.from({ length: 60 }, (_, n) => `word${n}`).join(" "),
})

inferenceEngineContract("llama", {
  make: (slots) => startLlamaEngine({ modelPath: TINY_MODEL, modelName: "tiny-chat", slots, log: SILENT }),
  question: "Count to 20.",
})
