import { Effect, Exit, Scope } from "effect"
import { startLlamaEngine } from "#infra/llama/start-llama-engine.ts"
import type { InferenceEngineShape } from "#node/ports/inference-engine.ts"
import { ChatClient } from "./chat-client.ts"
import { closedAtTheLatest } from "./clean-up.ts"
import { percentiles } from "./measure.ts"
import { startNetwork } from "./network-process.ts"
import type { Plan } from "./plan.ts"
import { MODEL_PATH, shortQuestion } from "./questions.ts"
import { ms, printTable } from "./table.ts"

const MAX_OUTPUT_TOKENS = 256
const WARM_UP_REQUESTS = 20

interface Latencies {
  readonly first: number[]
  readonly whole: number[]
}

/** What the network adds to a short answer of the engine, one request at a time; the two take turns, request by request. */
export const benchLatency = async ({ requests, profileDir }: Plan): Promise<void> => {
  const { engine, stop } = await startEngine()
  const network = await startNetwork({ args: ["--slots", "1"], profileDir })
  const client = new ChatClient(network.ready)
  try {
    const direct: Latencies = { first: [], whole: [] }
    const through: Latencies = { first: [], whole: [] }
    for (let turn = -WARM_UP_REQUESTS; turn < requests; turn += 1) {
      const content = shortQuestion(turn + WARM_UP_REQUESTS)
      const alone = await generate(engine, content)
      const { firstTextMs, wholeMs } = await client.streamed({ content })
      if (turn < 0) continue
      direct.first.push(alone.firstTextMs)
      direct.whole.push(alone.wholeMs)
      through.first.push(firstTextMs)
      through.whole.push(wholeMs)
    }
    print("first token", direct.first, through.first)
    print("whole answer", direct.whole, through.whole)
  } finally {
    client.close()
    await network.stop()
    await stop()
  }
}

const print = (what: string, direct: readonly number[], through: readonly number[]): void => {
  const [base, network] = [percentiles(direct), percentiles(through)]
  const figures = ({ p50Ms, p99Ms }: { readonly p50Ms: number; readonly p99Ms: number }) => `p50 ${ms(p50Ms)}  p99 ${ms(p99Ms)}`
  printTable(`latency of the ${what}, one request at a time, ${direct.length} short answers`, [
    { name: "engine called directly", figures: figures(base), ratio: "" },
    { name: "through the network", figures: figures(network), ratio: "" },
    { name: "added", figures: figures({ p50Ms: network.p50Ms - base.p50Ms, p99Ms: network.p99Ms - base.p99Ms }), ratio: "" },
  ])
}

const startEngine = async () => {
  const scope = Scope.makeUnsafe()
  const log = { info: () => {}, warn: console.warn }
  const starting = startLlamaEngine({ modelPath: MODEL_PATH, modelName: "tiny-chat", slots: 1, log })
  const engine = await Effect.runPromise(Scope.provide(starting, scope))
  return { engine, stop: closedAtTheLatest(() => Effect.runPromise(Scope.close(scope, Exit.void))) }
}

const generate = async (engine: InferenceEngineShape, content: string) => {
  const request = { task: "chat", messages: [{ role: "user", content }], sampling: { temperature: 0 } } as const
  const from = performance.now()
  let firstTextMs: number | null = null
  const onText = (): void => {
    firstTextMs ??= performance.now() - from
  }
  await Effect.runPromise(engine.generate({ request, deliveredText: "", maxOutputTokens: MAX_OUTPUT_TOKENS }, onText))
  const wholeMs = performance.now() - from
  return { firstTextMs: firstTextMs ?? wholeMs, wholeMs }
}
