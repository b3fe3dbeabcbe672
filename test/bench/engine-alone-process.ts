import process from "node:process"
import { LlamaChat, LlamaLogLevel, getLlama, resolveChatWrapper } from "node-llama-cpp"
import type { AloneOrder, AloneReply } from "./engine-alone.ts"
import { longQuestion, MODEL_PATH } from "./questions.ts"

// node-llama-cpp as its own documentation uses it, with the settings that the node uses too. Nothing of ours is in the way.
process.on("disconnect", () => process.exit(0))
process.on("SIGINT", () => {})

/** What the node takes for a model this small. */
const THREADS = 1

const sequences = Number(process.argv[2])
const llama = await getLlama({
  gpu: false, build: "never", skipDownload: true, progressLogs: false, logLevel: LlamaLogLevel.error, maxThreads: THREADS,
})
const model = await llama.loadModel({ modelPath: MODEL_PATH })
const context = await model.createContext({ contextSize: { max: model.trainContextSize }, sequences, threads: THREADS })
const chatWrapper = resolveChatWrapper(model)
const chats = Array.from({ length: sequences }, () => new LlamaChat({ contextSequence: context.getSequence(), chatWrapper }))

const answer = async (chat: LlamaChat, text: string): Promise<number> => {
  let tokens = 0
  await chat.generateResponse([{ type: "user", text }, { type: "model", response: [] }], {
    temperature: 0, topK: 0, topP: 1, minP: 0, repeatPenalty: false,
    onToken: (made) => (tokens += made.length),
  })
  await chat.sequence.clearHistory()
  return tokens
}

const turnsOf = async (chat: LlamaChat, caller: number, turns: number): Promise<number> => {
  let tokens = 0
  for (let turn = 0; turn < turns; turn += 1) tokens += await answer(chat, longQuestion(caller, turn))
  return tokens
}

const send = (reply: AloneReply): void => void process.send?.(reply)

process.on("message", ({ turns }: AloneOrder) => {
  const from = performance.now()
  void Promise.all(chats.map((chat, caller) => turnsOf(chat, caller, turns))).then((counts) => {
    const tokens = counts.reduce((sum, count) => sum + count, 0)
    send({ type: "done", tokens, seconds: (performance.now() - from) / 1_000 })
  })
})
send({ type: "ready" })
